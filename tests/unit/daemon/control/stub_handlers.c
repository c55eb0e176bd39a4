/* A weak handler for each method, which answers {"method": its name}; a test brings its own for
 * those it cares about. */
#include "daemon/control/api.h"
#include "daemon/control/request.h"

#define METHOD(ident, name, flags, params, doc)                                                    \
	__attribute__((weak)) void api_##ident(struct request *req)                                \
	{                                                                                          \
		request_reply(req, json_pack("{s:s}", "method", name));                            \
	}
#include "shared/ipc/methods.def"
