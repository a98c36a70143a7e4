/*
 * nearest.c - compare a word with names by the number of typing mistakes.
 */
#include <config.h>

#include "tools/common/nearest.h"

#include <string.h>

#define MISTAKES_MAX 2
#define LENGTH_MAX 31 /* of a name: longer than every command and option */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Returns the number of mistakes between two texts of at most LENGTH_MAX
 * bytes: the optimal string alignment distance. */
static size_t count_mistakes(const char *a, const char *b) {
    size_t rows[LENGTH_MAX + 1][LENGTH_MAX + 1];
    const size_t length = strlen(a), width = strlen(b);

    for (size_t i = 0; i <= length; i++)
        for (size_t j = 0; j <= width; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            rows[i][j] = least(rows[i - 1][j], rows[i][j - 1]) + 1;
            rows[i][j] =
                least(rows[i][j], rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[length][width];
}

void nearest_offer(struct nearest *nearest, const char *name) {
    const size_t length = strlen(nearest->word);
    size_t distance = 1;

    if (length == 0 || length > LENGTH_MAX || strlen(name) > LENGTH_MAX)
        return;
    if (strncmp(name, nearest->word, length) != 0) {
        distance = count_mistakes(nearest->word, name);
        /* With as many mistakes as characters, every name would be near. */
        if (distance > MISTAKES_MAX || distance >= length)
            return;
    }
    if (nearest->name != NULL && nearest->distance <= distance)
        return;
    nearest->name = name;
    nearest->distance = distance;
}
