/*
 * damage.h - what an input does to the store of fuzz_store.  See damage.c.
 */
#ifndef TESTS_FUZZ_DAMAGE_H
#define TESTS_FUZZ_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is read off an input, byte by byte; zeros beyond its end. */
struct input {
    const uint8_t *data;
    size_t size;
};
unsigned int input_byte(struct input *input);

/* What became of the file. */
struct damage {
    bool torn;   /* bytes were changed */
    bool forged; /* some record was given a digest that fits: the file may say
                    what somebody who can write there wants it to say */
};

/* Write the store anew and do to it what the rest of the input says. */
struct damage damage_store(struct input *input);

#endif
