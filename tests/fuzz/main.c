/*
 * main.c - the main function of a fuzz target without libFuzzer, for any
 * compiler: runs the target once with each file that is named, as libFuzzer
 * would. Touches nothing else.
 */
#include <err.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX ((size_t)1 << 20)

static void replay(const char *path) {
    static uint8_t buffer[INPUT_MAX];
    FILE *file = fopen(path, "rbe");
    uint8_t *input;
    size_t size;

    if (file == NULL)
        err(1, "%s", path);
    size = fread(buffer, 1, sizeof(buffer), file);
    if (ferror(file))
        err(1, "%s", path);
    if (size == sizeof(buffer))
        errx(1, "%s: too long for an input", path);
    fclose(file);
    /* In memory of exactly that size, so that a sanitizer sees an access past
     * it. */
    input = malloc(size > 0 ? size : 1);
    if (input == NULL)
        err(1, "malloc");
    memcpy(input, buffer, size);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
}

int main(int argc, char **argv) {
    if (argc < 2)
        errx(2, "usage: %s FILE...", argv[0]);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    return 0;
}
