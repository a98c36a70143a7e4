/*
 * row.c - the cells of a token's row.
 */
#include <config.h>

#include "tools/accesstoken/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/accesstoken/output.h"
#include "tools/common/token_filter.h"

/* Returns "imap,smtp", or "any" for none; NULL without memory. */
static char *join(const struct tokenstore_token *token, size_t count,
                  const char *(*item)(const struct tokenstore_token *token,
                                      size_t index)) {
    char *text = NULL;
    size_t length;
    FILE *stream;

    if (count == 0)
        return strdup("any");
    stream = open_memstream(&text, &length);
    if (stream == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "%s%s", i > 0 ? "," : "", item(token, i));
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

/* Returns the time in full or, if it is to be short, the local hour and minute
 * of a time today and the local date of others. */
static char *put_time(int64_t when, int64_t now, bool is_short,
                      const char *otherwise) {
    const time_t times[] = {(time_t)when, (time_t)now};
    char text[TOKENSTORE_TIME_SIZE];
    struct tm here, today;

    if (tokenstore_time_format(when, text) != TOKENSTORE_OK)
        return strdup(otherwise);
    if (is_short && localtime_r(&times[0], &here) != NULL &&
        localtime_r(&times[1], &today) != NULL) {
        const bool is_today =
            here.tm_year == today.tm_year && here.tm_yday == today.tm_yday;

        strftime(text, sizeof(text), is_today ? "%H:%M" : "%Y-%m-%d", &here);
    }
    return strdup(text);
}

static char *put_last_use(const struct tokenstore_token *token, int64_t now,
                          bool is_short) {
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return strdup("-");
    return put_time(use.time, now, is_short, "never");
}

/* Returns a copy in which every bearer token is masked. */
static char *put_text(const char *text) {
    char *copy = strdup(text);

    return copy != NULL ? tokenstore_mask(copy) : NULL;
}

void row_free(struct row *row) {
    for (size_t i = 0; i < ROW_COLUMNS; i++)
        free(row->cells[i]);
}

bool row_fill(const struct tokenstore_token *token, int64_t now, bool is_short,
              struct row *row) {
    char id[TOKENSTORE_ID_SIZE], user[16];
    char **cells = row->cells;

    row->status = tokenstore_token_status(token, now);
    cells[ID] = strdup(tokenstore_token_id_text(token, id));
    cells[USER] = put_text(user_label(tokenstore_token_user(token), user));
    cells[NAME] = put_text(tokenstore_token_name(token));
    cells[SCOPES] = join(token, tokenstore_token_scope_count(token),
                         tokenstore_token_scope);
    cells[NETWORKS] = join(token, tokenstore_token_network_count(token),
                           tokenstore_token_network);
    cells[CREATED] =
        put_time(tokenstore_token_creation_time(token), now, is_short, "?");
    cells[EXPIRES] = put_time(tokenstore_token_expiration_time(token), now,
                              is_short, "never");
    cells[LAST_USED] = put_last_use(token, now, is_short);
    cells[STATUS] = strdup(token_status_name(row->status));
    for (size_t i = 0; i < ROW_COLUMNS; i++)
        if (cells[i] == NULL)
            return false;
    return true;
}
