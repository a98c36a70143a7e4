/*
 * head.c - judge a request's line and headers.  Refuses everything that
 * another program on the way could have read differently: headers given twice,
 * and every byte that libmicrohttpd passed over (to it, a NUL ends a value or
 * all headers, a bare LF ends a line, and folded lines are joined).  Must
 * never log or quote what was sent.
 */
#include <config.h>

#include "tools/accesstokend/http/head.h"

#include <string.h>
#include <strings.h>

#include "tools/accesstokend/request/target.h"
#include "tools/common/decimal.h"

/* What the headers hold, and what is wrong with them. */
struct head {
    struct request *request;
    unsigned int count, hosts, authorizations, lengths, encodings, types;
    bool too_long;     /* the body is */
    const char *next;  /* where the next header has to begin */
    bool gap;          /* a header began elsewhere */
    const char *wrong; /* NULL: nothing */
};

static bool is_token_text(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("-!#$%&'*+.^_`|~", c) != NULL)))
            return false;
    }
    return length > 0;
}

static bool is_value_text(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') ||
            text[i] == 0x7f)
            return false;
    return true;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Blanks around a value are not part of it (RFC 9110, section 5.5), but
 * libmicrohttpd before 1.0 leaves those after it. */
static size_t without_blanks(const char *value, size_t length) {
    while (length > 0 && is_blank(value[length - 1]))
        length--;
    return length;
}

/* Like decimal_parse(), for a text that may be followed by blanks. */
static size_t scan_length(const char *text, uint64_t *length) {
    const size_t size = without_blanks(text, strlen(text));

    return size > 0 &&
                   decimal_scan(text, size, REQUEST_BODY_MAX, length) == size
               ? size
               : 0;
}

size_t head_scan_length(const char *text) {
    uint64_t length;
    const size_t size = scan_length(text, &length);

    return size > 0 && length <= REQUEST_BODY_MAX ? size : 0;
}

/* Returns the value, which ends before the blanks from now on: the memory is
 * the connection's own. */
static const char *cut_blanks(const char *value) {
    const size_t length = strlen(value), size = without_blanks(value, length);

    if (size < length)
        ((char *)(uintptr_t)value)[size] = '\0';
    return value;
}

static void take_length(struct head *head, const char *value) {
    uint64_t length;

    head->lengths++;
    if (scan_length(value, &length) == 0)
        head->wrong = "Content-Length is not a number";
    else if (length <= REQUEST_BODY_MAX)
        head->request->body_length = length;
    else
        head->too_long = true;
}

static void take_host(struct head *head, const char *value) {
    head->hosts++;
    head->request->host = cut_blanks(value);
    if (*value != '\0' && !target_is_host(value, strlen(value)))
        head->wrong = "Host is not the name or the address of a host";
}

/* Connection names headers that a proxy drops. */
static void take_connection(struct request *request, const char *value) {
    for (value += strspn(value, ", \t"); *value != '\0';
         value += strspn(value, ", \t")) {
        const size_t length = strcspn(value, ", \t");

        request->poses = request->poses || request_name_poses(value, length);
        value += length;
    }
}

/* Returns where the line ends whose value ends here.  libmicrohttpd 1.0 has
 * cut blanks after the value, with a NUL in place of the first one, and left
 * CR LF; otherwise the NUL is in place of the CR. */
static const char *end_of_line(const char *end) {
    if (!is_blank(end[1]) && end[1] != '\r')
        return end + strlen("\r\n");
    end++;
    while (is_blank(*end))
        end++;
    return end[0] == '\r' && end[1] == '\n' ? end + strlen("\r\n") : NULL;
}

static bool is(const char *key, size_t length, const char *name) {
    return length == strlen(name) && strcasecmp(key, name) == 0;
}

/* Takes a header that means something here; key and value are valid. */
static void take_known(struct head *head, const char *key, size_t length,
                       const char *value) {
    struct request *request = head->request;

    if (request_name_poses(key, length))
        request->poses = true;
    else if (is(key, length, "Connection"))
        take_connection(request, value);
    else if (is(key, length, "Host"))
        take_host(head, value);
    else if (is(key, length, "Content-Length"))
        take_length(head, value);
    else if (is(key, length, "Transfer-Encoding"))
        head->encodings++;
    else if (is(key, length, "Authorization")) {
        head->authorizations++;
        request->authorization = cut_blanks(value);
    } else if (is(key, length, "Content-Type")) {
        head->types++;
        request->content_type = cut_blanks(value);
    } else if (is(key, length, "Origin"))
        /* Two origins are no origin of this daemon's. */
        request->origin = request->origin == NULL ? cut_blanks(value) : "null";
    else if (is(key, length, "Sec-Fetch-Site"))
        request->fetch_site =
            request->fetch_site == NULL ? cut_blanks(value) : "cross-site";
    else if (is(key, length, "Forwarded") || is(key, length, "Via") ||
             strncasecmp(key, "X-Forwarded-", 12) == 0)
        request->forwarded = true;
}

static enum MHD_Result take_header(void *argument, enum MHD_ValueKind kind,
                                   const char *key, size_t key_length,
                                   const char *value, size_t value_length) {
    struct head *head = argument;

    (void)kind;
    head->count++;
    if (key != head->next || value == NULL)
        head->gap = true;
    head->next = value != NULL ? end_of_line(value + value_length) : NULL;
    if (value == NULL)
        value = "";
    if (!is_token_text(key, key_length) ||
        !is_value_text(value, value_length)) {
        head->wrong = "a header has a byte that does not belong there";
        return MHD_YES;
    }
    take_known(head, key, key_length, value);
    return MHD_YES;
}

static size_t size_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info != NULL ? info->header_size : 0;
}

/* Does the request line have one byte between its parts, and does every part
 * of the head begin where the one before it ends, with CR LF in between?  Only
 * counting all bytes would let a NUL make up for bare line feeds. */
static bool is_all(size_t size, const struct request_line *line,
                   const char *target, const struct head *head) {
    return is_token_text(line->method, strlen(line->method)) &&
           line->method + strlen(line->method) + 1 == line->url &&
           line->url + strlen(target) + 1 == line->version && !head->gap &&
           head->next != NULL &&
           head->next + strlen("\r\n") == line->method + size;
}

static const char *find_wrong(const struct head *head, bool all,
                              bool needs_host) {
    if (head->wrong != NULL)
        return head->wrong;
    if (!all)
        return "the request has bytes or line ends that do not belong there";
    if (head->hosts > 1)
        return "Host is given twice";
    if (head->hosts == 0 && needs_host)
        return "Host is missing";
    if (head->authorizations > 1)
        return "Authorization is given twice";
    if (head->types > 1)
        return "Content-Type is given twice";
    if (head->lengths > 1)
        return "Content-Length is given twice";
    if (head->encodings > 0 && head->lengths > 0)
        return "Content-Length and Transfer-Encoding exclude each other";
    return NULL;
}

bool head_judge(struct MHD_Connection *connection,
                const struct request_line *line, struct request *request,
                struct answer *answer) {
    struct head head = {
        .request = request,
        .next = line->version + strlen(line->version) + strlen("\r\n"),
    };
    const bool newer = strcmp(line->version, "HTTP/1.1") == 0;
    const size_t size = size_of(connection);
    const char *wrong;

    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header,
                                &head);
    wrong =
        find_wrong(&head, is_all(size, line, request->target, &head), newer);
    if (!newer && strcmp(line->version, "HTTP/1.0") != 0)
        answer_error(answer, 505, "neither HTTP/1.1 nor HTTP/1.0");
    else if (strlen(request->target) > HEAD_MAX)
        answer_error(answer, 414, "the target has more than %d bytes",
                     HEAD_MAX);
    else if (size > HEAD_MAX || head.count > HEADERS_MAX)
        answer_error(answer, 431,
                     "the request line and the headers have more than %d "
                     "bytes, or there are more than %d headers",
                     HEAD_MAX, HEADERS_MAX);
    else if (wrong != NULL)
        answer_error(answer, 400, "%s", wrong);
    else if (head.encodings > 0)
        answer_error(answer, 411,
                     "Content-Length is needed instead of "
                     "Transfer-Encoding");
    else if (head.too_long)
        answer_error(answer, 413, "the body has more than %d bytes",
                     REQUEST_BODY_MAX);
    else
        return true;
    answer->close = true;
    return false;
}
