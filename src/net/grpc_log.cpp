#include "net/grpc_log.h"

#include <grpc/support/log.h>
#include <string_view>
#include <utility>

namespace galen::net {
namespace {

// Never destroyed: gRPC's threads may log while the process ends.
std::function<void(bool, const std::string&)>* g_sink = nullptr;  // NOLINT

void forward(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_DEBUG) return;
  // Said at every handshake that asks for a name other than the certificate's: names do not matter.
  if (std::string_view(args->message).starts_with("No match found for server name")) return;
  (*g_sink)(args->severity == GPR_LOG_SEVERITY_ERROR, args->message);
}

}  // namespace

void route_grpc_log(std::function<void(bool, const std::string&)> sink) {
  g_sink = new std::function<void(bool, const std::string&)>(std::move(sink));  // NOLINT
  gpr_set_log_function(&forward);
}

}  // namespace galen::net
