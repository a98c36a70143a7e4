/*
 * disk.h - a directory on a disk that can lose power: record what is done to
 * its files, and put the directory into the states that a power cut could
 * leave.
 * The program ends on an error.
 */
#ifndef TESTS_SOAK_DISK_H
#define TESTS_SOAK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;

/*
 * Records, from now until disk_stop(), what this process does to the files of
 * a directory (which may be missing) and to their names. Uses
 * interpose.on_deed, so only one recording can run at a time. Bytes that
 * change in another way, through a mapping, count as written just before the
 * next sync of their file. Free the result with disk_free().
 */
struct disk *disk_record(const char *directory);

/* Ends the recording and goes to the position before the first deed. */
void disk_stop(struct disk *disk);
void disk_free(struct disk *disk);

/* The numbers of recorded deeds, of syncs among them, and of growths of the
 * file "name". */
size_t disk_deeds(const struct disk *disk);
size_t disk_syncs(const struct disk *disk);
size_t disk_growths(const struct disk *disk, const char *name);

/* disk_rewind() goes to the position before the first deed; disk_advance()
 * goes past one more deed, and returns false at the end. A sync makes the
 * pending deeds of its file or directory durable. */
void disk_rewind(struct disk *disk);
bool disk_advance(struct disk *disk);

/*
 * Which of the pending deeds the disk has done when the power is cut. With
 * DISK_RANDOM, writes are whole or torn between sectors of 512 bytes, each
 * sector has what any of the writes to it left there, the size is any that the
 * file has had, and each change of a name is done or not.
 */
enum disk_luck { DISK_NOTHING, DISK_EVERYTHING, DISK_RANDOM };

/* Puts the directory into such a state. Returns a hash of the state: different
 * states have different numbers. */
uint64_t disk_cut(struct disk *disk, enum disk_luck luck);

/* Puts the directory into the same state again. */
void disk_cut_again(const struct disk *disk);

#endif
