/*
 * ration.h - how often each user may do something: so many times at once, and
 * once more after each interval.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_RATION_H
#define TOOLS_ACCESSTOKEND_SHARED_RATION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Users who are remembered at once.  If there are more, the one who has waited
 * longest is forgotten, and starts anew. */
#define RATION_USERS 1024

struct ration {
    pthread_mutex_t mutex;
    size_t count;
    struct {
        uint64_t user; /* any number that stands for one */
        int64_t full;  /* when all is available again, in monotonic ns */
    } users[RATION_USERS];
};

/* Zero-initialise, and call it once. */
void ration_begin(struct ration *ration);
void ration_end(struct ration *ration);

/*
 * Takes one of burst for this user, of which one comes back every interval
 * ns, at the time now.  Returns 0, or in how many ns there will be one;
 * nothing is taken then.
 */
int64_t ration_take(struct ration *ration, uint64_t user, uint32_t burst,
                    int64_t interval, int64_t now);

/* Gives back what ration_take() took, because it was not used. */
void ration_give_back(struct ration *ration, uint64_t user, int64_t interval);

#endif
