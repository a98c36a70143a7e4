/*
 * verify.c - may this token be used?  Hashing and name service happen outside
 * the locks.  Must never say yes on any path but the policy's.
 */
#include <string.h>

#include "tokenstore/file/read.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/store.h"
#include "tokenstore/values/policy.h"

/* The token is NULL where there is none. */
static enum tokenstore_error decide(const struct tokenstore_token *token,
                                    struct policy_question *question,
                                    enum tokenstore_reason *reason) {
    enum policy_answer answer = policy_decide(token, question, reason);

    if (answer == POLICY_NEED_ACCOUNT) {
        account_by_name(question->user != NULL ? question->user
                                               : token->user.name,
                        &question->account);
        answer = policy_decide(token, question, reason);
    }
    switch (answer) {
    case POLICY_YES:
        return TOKENSTORE_OK;
    case POLICY_NO:
        return TOKENSTORE_ERROR_REFUSED;
    case POLICY_UNAVAILABLE:
        return TOKENSTORE_ERROR_NSS_UNAVAILABLE;
    case POLICY_NEED_ACCOUNT:
        break;
    }
    return TOKENSTORE_ERROR_UNAVAILABLE;
}

static struct policy_question
question_of(const struct tokenstore_request *request) {
    return (struct policy_question){
        .now = request->now,
        .user = request->user,
        .scopes = request->scopes,
        .scope_count = request->scope_count,
        .address = request->address,
        .any_scope = request->any_scope,
    };
}

/* The account that the handle remembers is that of the token's user. */
static bool is_about(const struct tokenstore_token *token,
                     const struct policy_question *question) {
    return question->user == NULL ||
           strcmp(question->user, token->user.name) == 0;
}

/* What the handle remembers of the token that is presented; NULL: nothing that
 * answers this. */
static const struct tokenstore_token *
recall(struct tokenstore *store, const struct tokenstore_request *request,
       uint8_t seal[TOKEN_HASH_SIZE], struct policy_question *question) {
    const struct tokenstore_token *token;
    const struct account *account;
    uint64_t id;

    if (store->verified == NULL ||
        !bearer_peek_id(request->bearer, request->bearer_length, &id))
        return NULL;
    bearer_seal(request->bearer, request->bearer_length, seal);
    token = verified_find(store->verified, id, seal, &account);
    if (token == NULL || !is_about(token, question))
        return NULL;
    question->account = *account;
    question->secret_matches = true;
    return token;
}

/* Read the token, decide, and remember it. */
static enum tokenstore_error read_and_decide(
    struct tokenstore *store, struct getting *getting,
    const uint8_t hash[TOKEN_HASH_SIZE], const uint8_t seal[TOKEN_HASH_SIZE],
    struct policy_question *question, enum tokenstore_reason *reason) {
    enum tokenstore_error error =
        file_read(&store->file, store_read_token, getting);

    if (error != TOKENSTORE_OK)
        return error;
    question->secret_matches =
        bearer_hash_equal(hash, getting->token->hash) && getting->found;
    error = decide(getting->found ? getting->token : NULL, question, reason);
    if (error == TOKENSTORE_OK && store->verified != NULL &&
        is_about(getting->token, question))
        verified_keep(store->verified, seal, getting->token,
                      &question->account);
    return error;
}

/* Whoever knows the secret may see the token, whatever else is wrong. */
static bool may_see(enum tokenstore_error error,
                    const struct policy_question *question) {
    return error == TOKENSTORE_OK ||
           (error == TOKENSTORE_ERROR_REFUSED && question->secret_matches);
}

/* The same from memory. */
static enum tokenstore_error
decide_remembered(const struct tokenstore_token *remembered,
                  struct policy_question *question,
                  enum tokenstore_reason *reason,
                  struct tokenstore_token **token) {
    enum tokenstore_error error = decide(remembered, question, reason);

    if (token == NULL || !may_see(error, question))
        return error;
    *token = token_copy(remembered);
    return *token != NULL ? error : TOKENSTORE_ERROR_NO_MEMORY;
}

enum tokenstore_error tokenstore_verify(
    struct tokenstore *store, const struct tokenstore_request *request,
    struct tokenstore_token **token, enum tokenstore_reason *reason) {
    struct policy_question question = question_of(request);
    const struct tokenstore_token *remembered;
    struct getting getting = {.id = 0};
    uint8_t hash[TOKEN_HASH_SIZE], seal[TOKEN_HASH_SIZE] = {0};
    struct bearer_parts parts;
    enum tokenstore_error error;

    if (token != NULL)
        *token = NULL;
    *reason = TOKENSTORE_REASON_NONE;
    store_begin(store);
    if (store->remote != NULL)
        return store_end(store, remote_verify(store->remote, request, token,
                                              reason, &store->file.message));
    remembered = recall(store, request, seal, &question);
    if (remembered != NULL)
        return store_end(
            store, decide_remembered(remembered, &question, reason, token));
    error = bearer_parse(request->bearer, request->bearer_length, &parts);
    if (error != TOKENSTORE_OK)
        return store_end(store, error);
    /* Before the id is looked up: an unknown one costs the same. */
    bearer_hash(&parts, hash);
    getting.id = parts.id;
    tokenstore_wipe(&parts, sizeof parts);
    error = tokenstore_token_new(&getting.token);
    if (error == TOKENSTORE_OK)
        error =
            read_and_decide(store, &getting, hash, seal, &question, reason);
    if (token != NULL && may_see(error, &question)) {
        *token = getting.token;
        getting.token = NULL;
    }
    tokenstore_token_free(&getting.token);
    return store_end(store, error);
}

enum tokenstore_error tokenstore_verify_again(
    struct tokenstore *store, const struct tokenstore_token *token,
    const struct tokenstore_request *request, enum tokenstore_reason *reason) {
    struct policy_question question = question_of(request);
    struct getting getting = {.id = token->id};
    enum tokenstore_error error;

    *reason = TOKENSTORE_REASON_NONE;
    store_begin(store);
    if (store->remote != NULL)
        return store_end(store,
                         remote_verify_again(store->remote, token, request,
                                             reason, &store->file.message));
    error = tokenstore_token_new(&getting.token);
    if (error == TOKENSTORE_OK)
        error = file_read(&store->file, store_read_token, &getting);
    if (error == TOKENSTORE_OK) {
        /* The same id with another secret is another token. */
        getting.found = getting.found &&
                        bearer_hash_equal(token->hash, getting.token->hash);
        question.secret_matches = getting.found;
        error =
            decide(getting.found ? getting.token : NULL, &question, reason);
    }
    tokenstore_token_free(&getting.token);
    return store_end(store, error);
}
