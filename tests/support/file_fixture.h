/*
 * file_fixture.h - a store's file for the tests of tokenstore/file/: its
 * bytes, and one in which a change was interrupted.
 */
#ifndef TESTS_SUPPORT_FILE_FIXTURE_H
#define TESTS_SUPPORT_FILE_FIXTURE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/interpose.h"
#include "tests/support/store_fixture.h"

/* cmocka set-up and tear-down: those of store_fixture.h, and nothing that
 * another test has changed in the process. */
int file_set_up(void **state);
int file_tear_down(void **state);

#define FILE_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, file_set_up, file_tear_down)

/* Where the header of a tdb names its recovery area. */
#define RECOVERY_START 44

/* Read and write a word of the store's file, in the machine's byte order. */
uint32_t read_word(struct fixture *fixture, uint32_t at);
void write_word(struct fixture *fixture, uint32_t at, uint32_t word);

uint32_t size_of_file(struct fixture *fixture);

/* Write these bytes at the end of the store's file. */
void append_to_file(struct fixture *fixture, const void *bytes, size_t size);

/* A store with a token, in which libtdb's recovery is due: a create was killed
 * at its third sync. */
void leave_recovery_due(struct fixture *fixture,
                        struct tokenstore_bearer *bearer);

/* Has this process mapped the file into its memory? */
bool is_mapped(const char *path);

#endif
