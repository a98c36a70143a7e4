/*
 * copy.h - private copies of a whole store, and going through one.
 */
#ifndef TOKENSTORE_FILE_COPY_H
#define TOKENSTORE_FILE_COPY_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

/* The path by which libtdb opens an open copy, whatever has its name now. */
#define COPY_PATH_SIZE 32
void copy_path(int fd, char path[COPY_PATH_SIZE]);

/*
 * Run a function on a private copy of a store, whose descriptor stays open;
 * messages name the path that the view has.  Undoes a change that was
 * interrupted; *recovered says whether there was one (it may be NULL).
 */
enum tokenstore_error copy_run(int fd, struct view *view,
                               view_function *function, void *argument,
                               bool *recovered);

/*
 * Copy the bytes of a store, in one consistent state, to a descriptor, and run
 * a function on the copy as copy_run() does.
 */
enum tokenstore_error copy_to(struct file *file, enum location_trust trust,
                              int fd, view_function *function, void *argument,
                              bool *recovered);

/* The same with a copy in memory. */
enum tokenstore_error file_snapshot(struct file *file,
                                    enum location_trust trust,
                                    view_function *function, void *argument,
                                    bool *recovered);

/* Is called for a key and a value of a copy; false ends the visit. */
typedef bool copy_visitor(const uint8_t *key, size_t key_size,
                          const uint8_t *value, size_t value_size,
                          void *argument);

/* Run libtdb's own check on a copy, with a visitor for every key and value.
 * DAMAGED, without a message, if libtdb finds fault or the visitor stops. */
enum tokenstore_error copy_check(struct view *view, copy_visitor *visit,
                                 void *argument);

/* Visit every key and value of a copy, in no order; the visitor may fetch
 * others.  DAMAGED, without a message, if libtdb cannot go on or the visitor
 * stops. */
enum tokenstore_error copy_traverse(struct view *view, copy_visitor *visit,
                                    void *argument);

/*
 * Replace a snapshot by a copy of it in which the space that no record and no
 * list refers to is free space: what an interrupted change left while the file
 * grew.  *unused is its size in bytes.  DAMAGED, with the snapshot as it was,
 * if something else is wrong with the file.
 */
enum tokenstore_error copy_fill_gaps(struct view *view, uint64_t *unused);

#endif
