/* SPDX-License-Identifier: ISC */
/*
 * What the two sides of the control socket share: its name.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "app/control.h"

socklen_t control_name(pid_t server, struct sockaddr_un *out);
