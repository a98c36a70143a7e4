/*
 * mhd_probe.h - proves at the start that libmicrohttpd calls the functions
 * that replace its own.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_MHD_PROBE_H
#define TOOLS_ACCESSTOKEND_HTTP_MHD_PROBE_H

#include <stdbool.h>

/* Returns false after logging what is wrong.  Call it before
 * mhd_override_begin(). */
bool mhd_probe(void);

#endif
