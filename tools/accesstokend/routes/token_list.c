/*
 * token_list.c - a page of access tokens.  Administrators see the tokens of
 * all users; everybody else sees their own, and must learn nothing about any
 * other token, not even that it exists.
 */
#include <config.h>

#include "tools/accesstokend/routes/token_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/common/decimal.h"
#include "tools/common/paging.h"
#include "tools/common/token_filter.h"
#include "tools/common/token_json.h"

/* The bytes after which a page ends, however many tokens it has: a client that
 * does not read it must not hold much memory. */
#define PAGE_BYTES ((size_t)1 << 20)

struct page {
    const char *user_text; /* as given, or NULL */
    struct tokenstore_identity *user;
    uint64_t issued_by; /* only tokens below this one; 0: all */
    struct token_filter filter;
    uint64_t after;
    uint32_t limit;
    uint64_t next; /* "after" of the next page; 0: there is none */
};

/* The largest id that there is; higher numbers mean the same. */
#define AFTER_MOST UINT32_MAX

static bool parse_number(const char *text, uint64_t most, uint64_t *number) {
    if (!decimal_parse(text, most, number))
        return false;
    if (*number > most)
        *number = most;
    return true;
}

/* Takes what narrows the list. */
static bool parse_filter(const struct call *call, struct token_filter *filter,
                         struct answer *answer) {
    filter->status = fields_get(call->query, "status");
    filter->scope = fields_get(call->query, "scope");
    filter->name = fields_get(call->query, "name");
    filter->text = fields_get(call->query, "q");
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

static bool parse_page(const struct call *call, struct page *page,
                       struct answer *answer) {
    const char *issued_by = fields_get(call->query, "issued_by");
    const char *after = fields_get(call->query, "after");
    const char *limit = fields_get(call->query, "limit");
    enum tokenstore_error error;
    uint64_t number = TOKENSTORE_LIMIT_DEFAULT;

    if (!parse_filter(call, &page->filter, answer))
        return false;
    if (issued_by != NULL &&
        (!parse_number(issued_by, AFTER_MOST, &page->issued_by) ||
         page->issued_by == 0)) {
        answer_error(answer, 400, "issued_by: not an id");
        return false;
    }
    if (after != NULL && !parse_number(after, AFTER_MOST, &page->after)) {
        answer_error(answer, 400, "after: not an id");
        return false;
    }
    if (limit != NULL &&
        (!parse_number(limit, TOKENSTORE_LIMIT_MAX, &number) || number == 0)) {
        answer_error(answer, 400, "limit: not a number from 1");
        return false;
    }
    page->limit = (uint32_t)number;
    page->user_text = fields_get(call->query, "user");
    if (page->user_text == NULL)
        return true;
    error = tokenstore_identity_parse(page->user_text, &page->user);
    if (error == TOKENSTORE_OK)
        return true;
    answer_error(answer, 400, "user: %s", tokenstore_strerror(error));
    return false;
}

/* Limits the page of an ordinary user to that user, whom the query may name.
 * Returns false if it names another; the answer is then written. */
static bool confine_page(const struct call *call, struct page *page,
                         struct answer *answer) {
    struct tokenstore_identity *asked = NULL;
    uint32_t own_uid, uid;
    enum tokenstore_error error;
    char text[sizeof("uid:4294967295")];
    bool own;

    if (rights_may_list_all(call->caller))
        return true;
    own = tokenstore_identity_uid(call->caller->identity, &own_uid);
    if (page->user != NULL && own) {
        error = tokenstore_identity_resolve(page->user, false, &asked);
        own = error == TOKENSTORE_OK && tokenstore_identity_uid(asked, &uid) &&
              uid == own_uid;
        tokenstore_identity_free(&asked);
    }
    if (!own) {
        answer_error(answer, 403,
                     "only an administrator may list the tokens of "
                     "others");
        return false;
    }
    tokenstore_identity_free(&page->user);
    snprintf(text, sizeof(text), "uid:%" PRIu32, own_uid);
    error = tokenstore_identity_parse(text, &page->user);
    if (error == TOKENSTORE_OK)
        return true;
    answer_store_error(answer, error, NULL);
    return false;
}

/* Ends the list, with the next page as a Link header too (RFC 8288). */
static void write_paging(const struct page *page, struct answer *answer) {
    const struct paging following = {page->next, page->limit, page->user_text,
                                     page->issued_by, page->filter};
    char uri[PAGING_URI_SIZE], link[PAGING_URI_SIZE + 16];
    char after[TOKENSTORE_ID_SIZE];

    if (page->next == 0) {
        paging_put(&answer->body, NULL, NULL);
        return;
    }
    if (paging_uri(&following, uri) == NULL) {
        answer->failed = true;
        return;
    }
    snprintf(after, sizeof(after), "%" PRIu64, page->next);
    paging_put(&answer->body, uri, after);
    snprintf(link, sizeof(link), "<%s>; rel=\"next\"", uri);
    answer_header(answer, "Link", link);
}

static void write_all(struct page *page, const struct tokenstore_list *list,
                      struct json_writer *json) {
    const size_t count = tokenstore_list_count(list);

    for (size_t i = 0; i < count; i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);

        token_json(json, token);
        if (json->length >= PAGE_BYTES && i + 1 < count) {
            page->next = tokenstore_token_id(token);
            return;
        }
    }
    page->next = tokenstore_list_next(list);
}

/*
 * Was the token issued by this issuer, directly or through others?  Climbs
 * from issuer to issuer; each has a lower id than the token that it issued. If
 * one of them does not exist any more, only the first issuer is known.
 */
static enum tokenstore_error is_below(struct tokenstore *store,
                                      const struct tokenstore_token *token,
                                      uint64_t issued_by, bool *below) {
    uint64_t issuer = tokenstore_token_issuer(token);
    enum tokenstore_error error = TOKENSTORE_OK;

    *below = tokenstore_token_first_issuer(token) == issued_by;
    while (!*below && error == TOKENSTORE_OK && issuer > issued_by) {
        struct tokenstore_token *between = NULL;

        error = tokenstore_get(store, issuer, &between);
        issuer = between != NULL ? tokenstore_token_issuer(between) : 0;
        tokenstore_token_free(&between);
    }
    *below = *below || issuer == issued_by;
    return error == TOKENSTORE_ERROR_NOT_FOUND ? TOKENSTORE_OK : error;
}

/*
 * Writes the tokens that the caller may read and that were asked for, until
 * the page is full.  *after becomes the "after" of the next part of the
 * store's list; 0: the page is full, or the list has ended.
 */
static enum tokenstore_error
write_some(const struct caller *caller, struct page *page,
           struct tokenstore *store, const struct tokenstore_list *list,
           uint32_t *count, uint64_t *after, struct json_writer *json) {
    const int64_t now = time(NULL);

    for (size_t i = 0; i < tokenstore_list_count(list); i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);
        bool wanted = rights_may_read(caller, token) &&
                      token_filter_matches(&page->filter, token, now);
        enum tokenstore_error error = TOKENSTORE_OK;

        if (wanted && page->issued_by != 0)
            error = is_below(store, token, page->issued_by, &wanted);
        if (error != TOKENSTORE_OK)
            return error;
        if (!wanted)
            continue;
        if (*count == page->limit || json->length >= PAGE_BYTES) {
            page->next = page->after;
            *after = 0;
            return TOKENSTORE_OK;
        }
        token_json(json, token);
        page->after = tokenstore_token_id(token);
        ++*count;
    }
    *after = tokenstore_list_next(list);
    return TOKENSTORE_OK;
}

/*
 * The paging names the tokens of a caller who is not an administrator only, so
 * such a page is full or the last one; so is a page of a list that is
 * narrowed by a filter.  Otherwise administrators get what a part of the
 * store's list has for them, so that no request takes long.
 */
static enum tokenstore_error write_entries(const struct call *call,
                                           struct page *page,
                                           struct tokenstore *store,
                                           struct json_writer *json) {
    const bool own = !rights_may_list_all(call->caller);
    struct tokenstore_list *list = NULL;
    enum tokenstore_error error;
    const bool filtered = token_filter_is_set(&page->filter);
    const bool some = own || filtered || page->issued_by != 0;
    uint64_t after = page->after;
    uint32_t count = 0;

    if (after < page->issued_by) /* what it issued has higher ids */
        after = page->issued_by;
    do {
        error =
            tokenstore_list(store, page->user, after,
                            some ? TOKENSTORE_LIMIT_MAX : page->limit, &list);
        after = 0;
        if (error == TOKENSTORE_OK && some)
            error = write_some(call->caller, page, store, list, &count, &after,
                               json);
        else if (error == TOKENSTORE_OK)
            write_all(page, list, json);
        tokenstore_list_free(&list);
    } while ((own || filtered) && after != 0);
    if (after != 0)
        page->next = after;
    return error;
}

void handle_list(const struct call *call, struct answer *answer) {
    struct page page = {.user = NULL};
    struct json_writer *json = &answer->body;
    struct tokenstore *store = NULL;
    enum tokenstore_error error;

    if (!rights_may_list(call->caller)) {
        answer_error(answer, 403, "this token may not list tokens");
        return;
    }
    if (parse_page(call, &page, answer) && confine_page(call, &page, answer)) {
        sem_wait(&call->shared->pages);
        json_begin_object(json);
        json_put_key(json, "entries");
        json_begin_array(json);
        error = tokenstore_open(call->shared->store, &store);
        if (error == TOKENSTORE_OK)
            error = write_entries(call, &page, store, json);
        if (error == TOKENSTORE_ERROR_MISSING) /* a new machine */
            error = TOKENSTORE_OK;
        json_end_array(json);
        if (error == TOKENSTORE_OK)
            write_paging(&page, answer);
        json_end_object(json);
        sem_post(&call->shared->pages);
        if (error != TOKENSTORE_OK)
            answer_store_error(answer, error,
                               store != NULL ? tokenstore_message(store)
                                             : NULL);
    }
    tokenstore_close(&store);
    tokenstore_identity_free(&page.user);
}
