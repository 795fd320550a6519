#include "net/grpc_log.h"

#include <grpc/support/log.h>
#include <utility>

namespace galen::net {
namespace {

// Never destroyed: gRPC's threads may log while the process ends.
std::function<void(bool, const std::string&)>* g_sink = nullptr;  // NOLINT

void forward(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_DEBUG) return;
  (*g_sink)(args->severity == GPR_LOG_SEVERITY_ERROR, args->message);
}

}  // namespace

void route_grpc_log(std::function<void(bool, const std::string&)> sink) {
  g_sink = new std::function<void(bool, const std::string&)>(std::move(sink));  // NOLINT
  gpr_set_log_function(&forward);
}

}  // namespace galen::net
