/*
 * floor_http.c - the floor of a verification (GET) and of an introspection
 * (POST) over HTTP: libmicrohttpd as accesstokend uses it, with answers of the
 * same size that cost no work. Serves on a Unix socket and on loopback until
 * it is killed.
 */
#include <config.h>

#include <err.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The JSON object with which accesstokend describes a token. */
static char description[1024];

static void describe(char *const *values) {
    snprintf(description, sizeof(description),
             "{\"active\":true,\"sub\":\"%s\",\"username\":\"%s\","
             "\"client_id\":\"accesstoken\",\"token_type\":\"Bearer\","
             "\"jti\":\"%s\",\"iat\":1800000000,\"exp\":1900000000,"
             "\"scope\":\"%s\",\"scopes\":[\"%s\"]}",
             values[0], values[0], values[1], values[2], values[2]);
}

static struct MHD_Response *make_response(const char *method,
                                          char *const *values) {
    const bool introspects = strcmp(method, "POST") == 0;
    const char *body = introspects ? description : "";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_PERSISTENT);

    if (response == NULL)
        return NULL;
    if (introspects) {
        MHD_add_response_header(response, "Content-Type", "application/json");
        MHD_add_response_header(response, "Cache-Control", "no-store");
    } else {
        MHD_add_response_header(response, "Remote-User", values[0]);
        MHD_add_response_header(response, "X-Token-Id", values[1]);
        MHD_add_response_header(response, "X-Token-Scope", values[2]);
    }
    return response;
}

static enum MHD_Result answer(void *argument, struct MHD_Connection *wire,
                              const char *url, const char *method,
                              const char *version, const char *data,
                              size_t *length, void **context) {
    struct MHD_Response *response;
    enum MHD_Result result;

    (void)url;
    (void)version;
    (void)data;
    if (*context == NULL) {
        *context = wire; /* the next call brings the body, if there is one */
        return MHD_YES;
    }
    if (*length > 0) {
        *length = 0;
        return MHD_YES;
    }
    response = make_response(method, argument);
    if (response == NULL)
        return MHD_NO;
    result = MHD_queue_response(wire, 200, response);
    MHD_destroy_response(response);
    return result;
}

static void serve(int listening, char **values) {
    if (listen(listening, 1024) != 0)
        err(1, "listen");
    if (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer,
                         values, MHD_OPTION_LISTEN_SOCKET, listening,
                         MHD_OPTION_CONNECTION_LIMIT, 1024U,
                         MHD_OPTION_END) == NULL)
        errx(1, "libmicrohttpd does not start");
}

static void serve_unix(const char *path, char **values) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        errx(1, "%s: too long", path);
    strcpy(address.sun_path, path);
    if (fd < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        err(1, "%s", path);
    serve(fd, values);
}

static void serve_tcp(char **values) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        err(1, "loopback");
    serve(fd, values);
    printf("listening on 127.0.0.1:%u\n",
           (unsigned int)ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 5)
        errx(2, "usage: floor_http SOCKET USER ID SCOPE");
    describe(argv + 2);
    serve_unix(argv[1], argv + 2);
    serve_tcp(argv + 2);
    for (;;)
        pause();
}
