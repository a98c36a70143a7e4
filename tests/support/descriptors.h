/*
 * descriptors.h - how many descriptors the process has open, for tests that
 * prove that none is left.
 */
#ifndef TESTS_SUPPORT_DESCRIPTORS_H
#define TESTS_SUPPORT_DESCRIPTORS_H

/* Counts those below 1,024.  Opens none, so it also works if there are no
 * more. */
unsigned int open_descriptors(void);

#endif
