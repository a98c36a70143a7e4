/*
 * tdb_recovery.h - the bytes of a tdb file, as they will be after a recovery.
 *
 * All of this works on a descriptor that libtdb does not know, either under
 * the writer lock or on a private copy.
 */
#ifndef TOKENSTORE_FILE_TDB_RECOVERY_H
#define TOKENSTORE_FILE_TDB_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The format is libtdb's, in the byte order of the machine. */
struct tdb_header {
    char food[32];
    uint32_t version;
    uint32_t hash_size;
    uint32_t rwlocks;
    uint32_t recovery; /* where the recovery area begins; 0: there is none */
    uint32_t sequence;
    uint32_t hashes[2];
    uint32_t features; /* of this and the next, our files use none */
    uint32_t mutex_size;
    uint32_t reserved[25];
    uint32_t free_list; /* then hash_size heads of chains */
};

struct tdb_record {
    uint32_t next;
    uint32_t length; /* of what follows, its own size at the end included */
    uint32_t key_length;
    uint32_t data_length;
    uint32_t hash;
    uint32_t magic;
};

/* Bytes that a recovery puts back. */
struct tdb_piece {
    uint32_t offset, length;
    uint64_t at; /* where the recovery area has them */
};

struct tdb_bytes {
    int fd;
    uint64_t size;
    uint64_t start; /* of the records */
    struct tdb_header header;
    struct tdb_record area;   /* the header of the recovery area */
    uint64_t area_end;        /* 0: there is no recovery area */
    struct tdb_piece *pieces; /* sorted; NULL: none are put back */
    size_t piece_count;
};

/* Read the header; false if this is no file that we understand. */
bool tdb_recovery_look(int fd, struct tdb_bytes *file);

/* Is libtdb going to recover when it opens the file? */
bool tdb_recovery_is_due(const struct tdb_bytes *file);

/* The size that the file returns to then. */
uint64_t tdb_recovery_old_size(const struct tdb_bytes *file);

/* Read what the recovery will put back, to be seen by tdb_recovery_get(); free
 * file->pieces in any case.  False if it is damaged, or with ENOMEM. */
bool tdb_recovery_load(struct tdb_bytes *file);

/* Read bytes of the file with the loaded pieces put back.  False, perhaps with
 * errno, if not all of them are there. */
bool tdb_recovery_get(const struct tdb_bytes *file, void *bytes, size_t length,
                      uint64_t offset);

/*
 * Before libtdb recovers: is everything that it would put back inside the
 * recovery area, and does it belong inside the file?  libtdb does not check,
 * and would write out the memory after its copy of the area.  Also true if
 * there is nothing to recover.
 */
bool tdb_recovery_is_sound(int fd);

#endif
