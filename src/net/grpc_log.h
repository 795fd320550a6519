// gRPC and its TLS write diagnostics to stderr in a format of their own; this sends them to the
// log. Thread rule: once, before the first server or channel; the sink is called from any thread.
#pragma once

#include <functional>
#include <string>

namespace galen::net {

/// `sink(is_error, line)` gets every line at INFO and above. Lines name addresses, never payloads.
void route_grpc_log(std::function<void(bool is_error, const std::string& line)> sink);

}  // namespace galen::net
