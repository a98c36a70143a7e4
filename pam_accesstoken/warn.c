/*
 * warn.c - "Access token 42 (laptop) expires in 3 days."
 * Must never decide anything about the login, nor send characters to a
 * terminal that could make it show another name than the one in the store.
 */
#include <config.h>

#include "pam_accesstoken/warn.h"

#include <inttypes.h>
#include <security/pam_ext.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Writes the time that is left as "3 days", to the nearest: a token that was
 * issued for 3 days has as many a moment later. */
static void put_left(int64_t seconds, char text[static 32]) {
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (seconds >= units[i].seconds - units[i].seconds / 60) {
            int64_t count =
                (seconds + units[i].seconds / 2) / units[i].seconds;

            snprintf(text, 32, "%" PRId64 " %s%s", count, units[i].name,
                     count == 1 ? "" : "s");
            return;
        }
    snprintf(text, 32, "less than a minute");
}

/* True for the format characters of Unicode, and for other characters that
 * reorder or hide text.  Control characters are not here: may_show() refuses
 * them. */
static bool is_deceptive(uint32_t code) {
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {{0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
                  {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
                  {0x890, 0x891},     {0x8e2, 0x8e2},     {0x115f, 0x1160},
                  {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},
                  {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
                  {0xe000, 0xf8ff},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
                  {0xfff0, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
                  {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
                  {0xe0000, 0x10ffff}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* Decodes one UTF-8 character at text, stores its length in bytes in *size,
 * and returns whether it may be shown.  A byte that begins no character may
 * not be, and has the size 1. */
static bool may_show(const char *text, size_t *size) {
    const unsigned char first = (unsigned char)*text;
    uint32_t code;

    *size = 1;
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f;
    if (first < 0xc2 || first > 0xf4)
        return false;
    *size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    code = first & (0x7fu >> *size);
    for (size_t i = 1; i < *size; i++) {
        const unsigned char byte = (unsigned char)text[i];

        if ((byte & 0xc0) != 0x80) {
            *size = 1;
            return false;
        }
        code = code << 6 | (byte & 0x3fu);
    }
    return code > 0x9f && !is_deceptive(code);
}

#define SHOWN_SIZE (TOKENSTORE_NAME_MAX * 4 + 1)

/* Writes the name with \xNN for each byte of a character that may not be
 * shown, and without a token that somebody gave as the name. */
static void put_name(const char *given, char text[static SHOWN_SIZE]) {
    char masked[TOKENSTORE_NAME_MAX + 1];
    const char *name = masked;
    size_t used = 0;

    snprintf(masked, sizeof(masked), "%s", given);
    tokenstore_mask(masked);
    while (*name != '\0' && used + 16 < SHOWN_SIZE) {
        size_t size;
        const bool plain = may_show(name, &size);

        for (; size > 0; size--, name++) {
            snprintf(text + used, SHOWN_SIZE - used, plain ? "%c" : "\\x%02x",
                     (unsigned char)*name);
            used += plain ? 1 : 4;
        }
    }
    text[used] = '\0';
}

void warn_of_expiry(pam_handle_t *pamh, const struct tokenstore_token *token,
                    int64_t within, int64_t now) {
    const int64_t expires = tokenstore_token_expiration_time(token);
    char left[32];
    char name[SHOWN_SIZE];

    if (expires == TOKENSTORE_NEVER || expires <= now ||
        expires - within > now)
        return;
    put_left(expires - now, left);
    put_name(tokenstore_token_name(token), name);
    (void)pam_info(pamh, "Access token %" PRIu64 "%s%s%s expires in %s.",
                   tokenstore_token_id(token), *name != '\0' ? " (" : "", name,
                   *name != '\0' ? ")" : "", left);
}
