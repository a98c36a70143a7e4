/*
 * verify.c - ask a server whether a bearer token may be used, through libcurl.
 * belief.c has the question, and judges the response.
 */
#include "tokenstore/remote/http/verify.h"

#include "tokenstore/remote/belief.h"
#include "tokenstore/remote/http/conversation.h"

static enum tokenstore_error verify(void *argument,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason) {
    struct conversation *conversation = argument;
    const char *uri = conversation_server(conversation)->uri;
    struct message *message = conversation_message(conversation);
    char target[BELIEF_TARGET_SIZE];
    struct request request = {.method = "GET",
                              .path = target,
                              .user = question->user,
                              .bearer = question->bearer};
    const struct response *response;
    enum tokenstore_error error;

    if (!belief_write_target(question, target))
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "%s: too many scopes, or too long ones", uri);
    error = conversation_ask(conversation, &request, &response);
    return error == TOKENSTORE_OK ? belief_judge(&response->head, question,
                                                 uri, token, reason, message)
                                  : error;
}

enum tokenstore_error verify_bearer(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message) {
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    if (error == TOKENSTORE_OK)
        error = belief_ask(verify, conversation, question, token, reason);
    conversation_close(&conversation);
    return error;
}
