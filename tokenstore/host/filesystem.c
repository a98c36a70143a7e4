/*
 * filesystem.c - may a store, or a copy of one, be on this file system?
 * Must never let a store be where locks are not shared by all who use it: two
 * writers would issue the same ids, and lose each other's tokens.
 */
#include "tokenstore/host/filesystem.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/vfs.h>

#include "tokenstore/host/mend.h"

#define ON_A_DISK "choose a directory on a local disk"

/* The names that mount(8) uses.  A type that is not here, and any that may
 * reach another machine, is none for a store. */
static const struct type {
    uint32_t magic; /* as statfs(2) lists them */
    enum { LOCAL, NETWORK, OTHER } kind;
    const char *name;
} types[] = {
    {0xef53, LOCAL, "ext4"},         {0x58465342, LOCAL, "xfs"},
    {0x9123683e, LOCAL, "btrfs"},    {0xf2f52010, LOCAL, "f2fs"},
    {0x2fc12fc1, LOCAL, "zfs"},      {0xca451a4e, LOCAL, "bcachefs"},
    {0x3153464a, LOCAL, "jfs"},      {0x3434, LOCAL, "nilfs2"},
    {0x52654973, LOCAL, "reiserfs"}, {0x01021994, LOCAL, "tmpfs"},
    {0x858458f6, LOCAL, "ramfs"},    {0x794c7630, LOCAL, "overlay"},
    {0x73717368, LOCAL, "squashfs"}, {0xe0f5e1e2, LOCAL, "erofs"},
    {0x9660, LOCAL, "iso9660"},      {0xf15f, LOCAL, "ecryptfs"},
    {0x6969, NETWORK, "nfs"},        {0x517b, NETWORK, "smb"},
    {0xff534d42, NETWORK, "cifs"},   {0xfe534d42, NETWORK, "smb2"},
    {0x65735546, OTHER, "fuse"},     {0x01021997, OTHER, "9p"},
    {0x00c36400, OTHER, "ceph"},     {0x5346414f, OTHER, "afs"},
    {0x6b414653, OTHER, "afs"},      {0x73757245, OTHER, "coda"},
    {0x01161970, OTHER, "gfs2"},     {0x7461636f, OTHER, "ocfs2"},
    {0x0bd00bd0, OTHER, "lustre"},   {0x47504653, OTHER, "gpfs"},
    {0x786f4256, OTHER, "vboxsf"},   {0x4d44, OTHER, "vfat"},
    {0x2011bab0, OTHER, "exfat"},    {0x5346544e, OTHER, "ntfs"},
};

static const struct type *type_of(uint32_t magic) {
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].magic == magic)
            return &types[i];
    return NULL;
}

enum tokenstore_error filesystem_check(int fd, bool is_store, const char *path,
                                       struct message *message) {
    struct statfs status;
    const struct type *type;
    uint32_t magic;

    if (fstatfs(fd, &status) != 0)
        return message_set_errno(message, errno, path, "statfs");
    magic = (uint32_t)status.f_type;
    type = type_of(magic);
    if (is_store ? type != NULL && type->kind == LOCAL
                 : type == NULL || type->kind != NETWORK)
        return TOKENSTORE_OK;
    if (type == NULL)
        return unsafe_set(message, path, mend_otherwise(ON_A_DISK),
                          "on a file system of the unknown type 0x%x, which "
                          "may be on another machine",
                          (unsigned int)magic);
    return unsafe_set(message, path, mend_otherwise(ON_A_DISK),
                      "on a file system of type %s, whose locks may not be "
                      "shared",
                      type->name);
}
