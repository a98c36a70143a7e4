/*
 * verify.c - may a bearer token be used, by the tokens of a local store?
 * Hashes the secret and asks the name service outside of every lock.  Must
 * never say yes unless the policy does.
 */
#include "tokenstore/local/verify.h"

#include <string.h>

#include "tokenstore/file/read.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/local/get.h"
#include "tokenstore/local/local.h"
#include "tokenstore/values/policy.h"

/* Decide by the policy; token NULL: there is no such token. */
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

/* Is the question about the token's own user, whose account is remembered? */
static bool is_about(const struct tokenstore_token *token,
                     const struct policy_question *question) {
    return question->user == NULL ||
           strcmp(question->user, token->user.name) == 0;
}

/* The remembered token that the bearer token was found good for; NULL if there
 * is none that answers the question. */
static const struct tokenstore_token *
recall(struct local *local, const struct tokenstore_request *request,
       uint8_t seal[TOKEN_HASH_SIZE], struct policy_question *question) {
    const struct tokenstore_token *token;
    const struct account *account;
    uint64_t id;

    if (local->verified == NULL ||
        !bearer_peek_id(request->bearer, request->bearer_length, &id))
        return NULL;
    bearer_seal(request->bearer, request->bearer_length, seal);
    token = verified_find(local->verified, id, seal, &account);
    if (token == NULL || !is_about(token, question))
        return NULL;
    question->account = *account;
    question->secret_matches = true;
    return token;
}

/* Read the token, decide, and remember it. */
static enum tokenstore_error read_and_decide(
    struct local *local, struct get *get, const uint8_t hash[TOKEN_HASH_SIZE],
    const uint8_t seal[TOKEN_HASH_SIZE], struct policy_question *question,
    enum tokenstore_reason *reason) {
    enum tokenstore_error error = file_read(&local->file, get_read, get);

    if (error != TOKENSTORE_OK)
        return error;
    question->secret_matches =
        bearer_hash_equal(hash, get->token->hash) && get->found;
    error = decide(get->found ? get->token : NULL, question, reason);
    if (error == TOKENSTORE_OK && local->verified != NULL &&
        is_about(get->token, question))
        verified_keep(local->verified, seal, get->token, &question->account);
    return error;
}

/* A caller who knows the secret may see the token, even if it is refused. */
static bool may_see(enum tokenstore_error error,
                    const struct policy_question *question) {
    return error == TOKENSTORE_OK ||
           (error == TOKENSTORE_ERROR_REFUSED && question->secret_matches);
}

/* Decide about a remembered token. */
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

enum tokenstore_error local_verify(void *store,
                                   const struct tokenstore_request *request,
                                   struct tokenstore_token **token,
                                   enum tokenstore_reason *reason) {
    struct local *local = store;
    struct policy_question question = question_of(request);
    const struct tokenstore_token *remembered;
    struct get get = {.id = 0};
    uint8_t hash[TOKEN_HASH_SIZE], seal[TOKEN_HASH_SIZE] = {0};
    struct bearer_parts parts;
    enum tokenstore_error error;

    remembered = recall(local, request, seal, &question);
    if (remembered != NULL)
        return decide_remembered(remembered, &question, reason, token);
    error = bearer_parse(request->bearer, request->bearer_length, &parts);
    if (error != TOKENSTORE_OK)
        return error;
    /* Hash before the id is looked up: an unknown id takes as long. */
    bearer_hash(&parts, hash);
    get.id = parts.id;
    tokenstore_wipe(&parts, sizeof(parts));
    error = tokenstore_token_new(&get.token);
    if (error == TOKENSTORE_OK)
        error = read_and_decide(local, &get, hash, seal, &question, reason);
    if (token != NULL && may_see(error, &question)) {
        *token = get.token;
        get.token = NULL;
    }
    tokenstore_token_free(&get.token);
    return error;
}

enum tokenstore_error
local_verify_again(void *store, const struct tokenstore_token *token,
                   const struct tokenstore_request *request,
                   enum tokenstore_reason *reason) {
    struct local *local = store;
    struct policy_question question = question_of(request);
    struct get get = {.id = token->id};
    enum tokenstore_error error = tokenstore_token_new(&get.token);

    if (error == TOKENSTORE_OK)
        error = file_read(&local->file, get_read, &get);
    if (error == TOKENSTORE_OK) {
        /* The same id with another secret is another token. */
        get.found =
            get.found && bearer_hash_equal(token->hash, get.token->hash);
        question.secret_matches = get.found;
        error = decide(get.found ? get.token : NULL, &question, reason);
    }
    tokenstore_token_free(&get.token);
    return error;
}
