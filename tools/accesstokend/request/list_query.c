/*
 * list_query.c - read the query of a request for a page of the list.  Pure.
 */
#include <config.h>

#include "tools/accesstokend/request/list_query.h"

#include <string.h>

#include "tools/common/decimal.h"
#include "tools/common/paging.h"
#include "tools/common/token_key.h"

/* The largest id that there is; higher numbers mean the same. */
#define AFTER_MOST UINT32_MAX

static bool read_number(const char *text, uint64_t most, uint64_t *number) {
    if (!decimal_parse(text, most, number))
        return false;
    if (*number > most)
        *number = most;
    return true;
}

/* Takes what narrows the list. */
static bool read_filter(const struct fields *fields,
                        struct token_filter *filter, struct answer *answer) {
    filter->status = fields_get(fields, "status");
    filter->scope = fields_get(fields, "scope");
    filter->name = fields_get(fields, "name");
    filter->text = fields_get(fields, "q");
    if (filter->status != NULL && !token_status_is_valid(filter->status))
        answer_error(answer, 400, "status: not active, disabled or expired");
    else if (filter->scope != NULL &&
             !tokenstore_scope_is_valid(filter->scope))
        answer_error(answer, 400, "scope: not a scope");
    else if (filter->name != NULL && strlen(filter->name) > PAGING_FILTER_MAX)
        answer_error(answer, 400, "name: too long");
    else if (filter->text != NULL &&
             (strlen(filter->text) > PAGING_FILTER_MAX ||
              *filter->text == '\0'))
        answer_error(answer, 400, "q: empty or too long");
    else
        return true;
    return false;
}

/* Takes the order, and where to begin in it. */
static bool read_order(const struct fields *fields, struct list_query *query,
                       struct answer *answer) {
    const char *sort = fields_get(fields, "sort");
    const char *after = fields_get(fields, "after");

    if (sort != NULL && !token_order_parse(sort, &query->order)) {
        answer_error(answer, 400,
                     "sort: not " TOKEN_ORDER_FIELDS ", nor one of them after "
                     "a '-'");
        return false;
    }
    if (after == NULL)
        return true;
    if (token_order_is_by_id(&query->order)) {
        if (read_number(after, AFTER_MOST, &query->after))
            return true;
        answer_error(answer, 400, "after: not an id");
        return false;
    }
    query->has_place = token_key_read(&query->order, after, &query->place);
    if (!query->has_place)
        answer_error(answer, 400,
                     "after: not the paging.after of a page in this order");
    return query->has_place;
}

static bool read_user(const struct fields *fields, struct list_query *query,
                      struct answer *answer) {
    enum tokenstore_error error;

    query->user_text = fields_get(fields, "user");
    if (query->user_text == NULL)
        return true;
    error = tokenstore_identity_parse(query->user_text, &query->user);
    if (error == TOKENSTORE_OK)
        return true;
    answer_error(answer, 400, "user: %s", tokenstore_strerror(error));
    return false;
}

bool list_query_read(const struct fields *fields, struct list_query *query,
                     struct answer *answer) {
    const char *issued_by = fields_get(fields, "issued_by");
    const char *limit = fields_get(fields, "limit");
    uint64_t number = TOKENSTORE_LIMIT_DEFAULT;

    if (!read_filter(fields, &query->filter, answer))
        return false;
    if (issued_by != NULL &&
        (!read_number(issued_by, AFTER_MOST, &query->issued_by) ||
         query->issued_by == 0)) {
        answer_error(answer, 400, "issued_by: not an id");
        return false;
    }
    if (!read_order(fields, query, answer))
        return false;
    if (limit != NULL &&
        (!read_number(limit, TOKENSTORE_LIMIT_MAX, &number) || number == 0)) {
        answer_error(answer, 400, "limit: not a number from 1");
        return false;
    }
    query->limit = (uint32_t)number;
    return read_user(fields, query, answer);
}

void list_query_free(struct list_query *query) {
    tokenstore_identity_free(&query->user);
}
