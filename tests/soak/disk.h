/*
 * disk.h - a directory on a disk that can lose power: what is done to its
 * files is recorded, and the directory put back as it could stand after a cut.
 */
#ifndef TESTS_SOAK_DISK_H
#define TESTS_SOAK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;

/*
 * Record, from now until disk_stop(), what this process does to the files of
 * a directory (which may be missing) and to their names, by way of
 * interpose.on_deed.  Bytes that change by another way, a mapping, count as
 * written just before the next sync of their file.
 */
struct disk *disk_record(const char *directory);
void disk_stop(struct disk *disk);
void disk_free(struct disk *disk);

/* What was recorded: all of it, syncs, and growths of the file "name". */
size_t disk_deeds(const struct disk *disk);
size_t disk_syncs(const struct disk *disk);
size_t disk_growths(const struct disk *disk, const char *name);

/* Go to before the first deed, or past one more, false at the end.  A sync
 * makes durable what its file, or directory, had pending. */
void disk_rewind(struct disk *disk);
bool disk_advance(struct disk *disk);
bool disk_is_pending(const struct disk *disk);

/*
 * Which of the pending deeds the disk has done when the power goes.  At
 * random, writes are whole or torn between sectors of 512 bytes, each sector
 * holds what any of the writes to it left there, the size is any that the file
 * has had, and each change of a name is done or not.
 */
enum disk_luck { DISK_NOTHING, DISK_EVERYTHING, DISK_RANDOM };

/* Put the directory into such a state; returns a number that is another one
 * for another state. */
uint64_t disk_cut(struct disk *disk, enum disk_luck luck);

/* The same state again. */
void disk_cut_again(const struct disk *disk);

#endif
