/*
 * log.c - the lines that the module logs, through pam_syslog.
 * Must never get the text of a token that was presented: a line has its id
 * only.  A token that stands in another value is masked.
 */
#include <config.h>

#include "pam_accesstoken/log.h"

#include <inttypes.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

struct escaped log_escape(const char *value) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789@._:-";
    static const char hex[] = "0123456789abcdef";
    char masked[LOG_INPUT_MAX + 1];
    struct escaped out;
    size_t length = 0;

    snprintf(masked, sizeof(masked), "%s", value != NULL ? value : "");
    for (const char *in = tokenstore_mask(masked); *in != '\0'; in++) {
        const unsigned char byte = (unsigned char)*in;
        const size_t size = strchr(plain, byte) != NULL ? 1 : 4;

        if (length + size > LOG_VALUE_MAX) {
            memcpy(out.text + length, "...", 3);
            length += 3;
            break;
        }
        if (size == 1) {
            out.text[length++] = (char)byte;
        } else {
            out.text[length++] = '\\';
            out.text[length++] = 'x';
            out.text[length++] = hex[byte >> 4];
            out.text[length++] = hex[byte & 15];
        }
    }
    out.text[length] = '\0';
    return out;
}

const char *log_item(const pam_handle_t *pamh, int which) {
    const void *value = NULL;

    if (pam_get_item(pamh, which, &value) != PAM_SUCCESS)
        return NULL;
    return value;
}

/* An address has its canonical form, without a zone: programs that read the
 * log could not use it. */
static struct escaped escape_host(const char *host) {
    char address[TOKENSTORE_ADDRESS_SIZE];

    if (tokenstore_address_format(host, address) == TOKENSTORE_OK)
        return log_escape(address);
    return log_escape(host);
}

struct escaped log_reason(const struct attempt *attempt, const char *reason) {
    const bool scope =
        strcmp(reason, tokenstore_reason_name(TOKENSTORE_REASON_SCOPE)) == 0;
    struct escaped text;

    snprintf(text.text, sizeof(text.text), " reason=%s%s%.*s", reason,
             scope ? " scope=" : "", TOKENSTORE_SCOPE_MAX,
             scope ? log_escape(attempt->scope).text : "");
    return text;
}

void log_outcome(const pam_handle_t *pamh, const struct attempt *attempt,
                 const char *reason) {
    char logname[LOG_VALUE_MAX] = "";

    if (getlogin_r(logname, sizeof(logname)) != 0)
        logname[0] = '\0';
    pam_syslog(pamh, reason != NULL ? LOG_NOTICE : LOG_INFO,
               "authentication %s; logname=%s uid=%u euid=%u tty=%s ruser=%s"
               " rhost=%s user=%s token=%" PRIu64 "%s",
               reason != NULL ? "failure" : "success",
               log_escape(logname).text, (unsigned int)getuid(),
               (unsigned int)geteuid(),
               log_escape(log_item(pamh, PAM_TTY)).text,
               log_escape(log_item(pamh, PAM_RUSER)).text,
               escape_host(log_item(pamh, PAM_RHOST)).text,
               log_escape(attempt->user).text, attempt->id,
               reason != NULL ? log_reason(attempt, reason).text : "");
}

void log_unavailable(const pam_handle_t *pamh, const char *what,
                     const struct attempt *attempt,
                     enum tokenstore_error error,
                     const struct tokenstore *store) {
    char message[TOKENSTORE_MESSAGE_SIZE];

    snprintf(message, sizeof(message), "%s",
             store != NULL ? tokenstore_message(store) : "");
    pam_syslog(pamh, LOG_ERR, "%s unavailable; user=%s token=%" PRIu64 ": %s",
               what, log_escape(attempt->user).text, attempt->id,
               message[0] != '\0' ? tokenstore_mask(message)
                                  : tokenstore_strerror(error));
}
