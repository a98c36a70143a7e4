/*
 * pam_output.c - print the PAM services that use the module.
 */
#include <config.h>

#include "tools/accesstoken/pam_output.h"

#include "tools/accesstoken/message.h"

void pam_service_print(const struct pam_service *service) {
    print_safe(stdout, service->name);
    printf(": %s%s%s%s\n", service->auth ? "auth" : "",
           service->auth && service->account ? ", " : "",
           service->account ? "account" : "",
           service->needs_file ? "; fails if the module is missing" : "");
}

static void put_bool(struct json_writer *json, const char *key, bool value) {
    json_put_key(json, key);
    json_put_bool(json, value);
}

void pam_services_json(struct json_writer *json,
                       const struct pam_services *services) {
    json_begin_object(json);
    put_bool(json, "complete", !services->incomplete);
    json_put_key(json, "services");
    json_begin_array(json);
    for (size_t i = 0; i < services->count; i++) {
        json_begin_object(json);
        json_put_key(json, "name");
        json_put_string(json, services->list[i].name);
        put_bool(json, "auth", services->list[i].auth);
        put_bool(json, "account", services->list[i].account);
        put_bool(json, "needs_module", services->list[i].needs_file);
        json_end_object(json);
    }
    json_end_array(json);
    json_put_key(json, "logins");
    json_begin_array(json);
    for (size_t i = 0; i < services->login_count; i++)
        json_put_string(json, services->logins[i]);
    json_end_array(json);
    json_end_object(json);
}
