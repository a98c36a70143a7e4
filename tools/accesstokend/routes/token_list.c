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
#include "tools/accesstokend/request/list_query.h"
#include "tools/accesstokend/routes/list_choice.h"
#include "tools/accesstokend/routes/list_sorted.h"
#include "tools/common/paging.h"
#include "tools/common/token_json.h"

/* The bytes after which a page ends, however many tokens it has: a client that
 * does not read it must not hold much memory. */
#define PAGE_BYTES ((size_t)1 << 20)

/* A page in the order of the ids while it is written. */
struct page {
    const struct caller *caller;
    const struct list_query *query;
    struct tokenstore *store;
    struct json_writer *json;
    uint64_t after; /* the store's list was read up to here */
    uint64_t next;  /* "after" of the next page; 0: there is none */
    uint32_t count; /* tokens on the page */
};

/* Limits the page of an ordinary user to that user, whom the query may name.
 * Returns false if it names another; the answer is then written. */
static bool confine_page(const struct call *call, struct list_query *query,
                         struct answer *answer) {
    struct tokenstore_identity *asked = NULL;
    uint32_t own_uid, uid;
    enum tokenstore_error error;
    char text[sizeof("uid:4294967295")];
    bool own;

    if (rights_may_list_all(call->caller))
        return true;
    own = tokenstore_identity_uid(call->caller->identity, &own_uid);
    if (query->user != NULL && own) {
        error = tokenstore_identity_resolve(query->user, false, &asked);
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
    tokenstore_identity_free(&query->user);
    snprintf(text, sizeof(text), "uid:%" PRIu32, own_uid);
    error = tokenstore_identity_parse(text, &query->user);
    if (error == TOKENSTORE_OK)
        return true;
    answer_store_error(answer, error, NULL);
    return false;
}

/* Ends the list, with the next page as a Link header too (RFC 8288). */
static void write_paging(const struct list_query *query, const char *next,
                         struct answer *answer) {
    const struct paging following = {next,
                                     query->limit,
                                     query->order.text,
                                     query->user_text,
                                     query->issued_by,
                                     query->filter};
    char uri[PAGING_URI_SIZE], link[PAGING_URI_SIZE + 16];

    if (*next == '\0') {
        paging_put(&answer->body, NULL, NULL);
        return;
    }
    if (paging_uri(&following, uri) == NULL) {
        answer->failed = true;
        return;
    }
    paging_put(&answer->body, uri, next);
    snprintf(link, sizeof(link), "<%s>; rel=\"next\"", uri);
    answer_header(answer, "Link", link);
}

static void write_all(struct page *page, const struct tokenstore_list *list) {
    const size_t count = tokenstore_list_count(list);

    for (size_t i = 0; i < count; i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);

        token_json(page->json, token);
        if (page->json->length >= PAGE_BYTES && i + 1 < count) {
            page->next = tokenstore_token_id(token);
            return;
        }
    }
    page->next = tokenstore_list_next(list);
}

/*
 * Writes the tokens that the caller may read and that were asked for, until
 * the page is full.  *after becomes the "after" of the next part of the
 * store's list; 0: the page is full, or the list has ended.
 */
static enum tokenstore_error write_some(struct page *page,
                                        const struct tokenstore_list *list,
                                        uint64_t *after) {
    const int64_t now = time(NULL);

    for (size_t i = 0; i < tokenstore_list_count(list); i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);
        bool wanted;
        const enum tokenstore_error error = list_choose(
            page->caller, page->query, page->store, token, now, &wanted);

        if (error != TOKENSTORE_OK)
            return error;
        if (!wanted)
            continue;
        if (page->count == page->query->limit ||
            page->json->length >= PAGE_BYTES) {
            page->next = page->after;
            *after = 0;
            return TOKENSTORE_OK;
        }
        token_json(page->json, token);
        page->after = tokenstore_token_id(token);
        page->count++;
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
static enum tokenstore_error write_entries(struct page *page) {
    const struct list_query *query = page->query;
    const bool own = !rights_may_list_all(page->caller);
    const bool filtered = token_filter_is_set(&query->filter);
    const bool some = own || filtered || query->issued_by != 0;
    struct tokenstore_list *list = NULL;
    enum tokenstore_error error;
    uint64_t after = query->after;

    page->after = after;
    if (after < query->issued_by) /* what it issued has higher ids */
        after = query->issued_by;
    do {
        error =
            tokenstore_list(page->store, query->user, after,
                            some ? TOKENSTORE_LIMIT_MAX : query->limit, &list);
        after = 0;
        if (error == TOKENSTORE_OK && some)
            error = write_some(page, list, &after);
        else if (error == TOKENSTORE_OK)
            write_all(page, list);
        tokenstore_list_free(&list);
    } while ((own || filtered) && after != 0);
    if (after != 0)
        page->next = after;
    return error;
}

/* Writes the entries of a page in the order that was asked for. */
static enum tokenstore_error write_page(const struct call *call,
                                        const struct list_query *query,
                                        struct tokenstore *store,
                                        struct json_writer *json,
                                        char next[static TOKEN_KEY_SIZE]) {
    struct page page = {
        .caller = call->caller, .query = query, .store = store, .json = json};
    enum tokenstore_error error;

    if (!token_order_is_by_id(&query->order))
        return list_sorted_write(call->caller, query, store, PAGE_BYTES, json,
                                 next);
    error = write_entries(&page);
    if (page.next != 0)
        snprintf(next, TOKEN_KEY_SIZE, "%" PRIu64, page.next);
    return error;
}

static void write_list(const struct call *call, const struct list_query *query,
                       struct answer *answer) {
    struct json_writer *json = &answer->body;
    struct tokenstore *store = NULL;
    char next[TOKEN_KEY_SIZE] = "";
    enum tokenstore_error error;

    json_begin_object(json);
    json_put_key(json, "entries");
    json_begin_array(json);
    error = tokenstore_open(call->shared->store, &store);
    if (error == TOKENSTORE_OK)
        error = write_page(call, query, store, json, next);
    if (error == TOKENSTORE_ERROR_MISSING) /* a new machine */
        error = TOKENSTORE_OK;
    json_end_array(json);
    if (error == TOKENSTORE_OK)
        write_paging(query, next, answer);
    json_end_object(json);
    if (error != TOKENSTORE_OK)
        answer_store_error(answer, error,
                           store != NULL ? tokenstore_message(store) : NULL);
    tokenstore_close(&store);
}

void handle_list(const struct call *call, struct answer *answer) {
    struct list_query query = {.user = NULL};

    if (!rights_may_list(call->caller)) {
        answer_error(answer, 403, "this token may not list tokens");
        return;
    }
    if (list_query_read(call->query, &query, answer) &&
        confine_page(call, &query, answer)) {
        sem_wait(&call->shared->pages);
        write_list(call, &query, answer);
        sem_post(&call->shared->pages);
    }
    list_query_free(&query);
}
