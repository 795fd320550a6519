// "host:port" and "[v6]:port", taken apart for a resolver. Thread rule: pure.
#pragma once

#include <string>
#include <utility>

namespace galen::net {

/// Host without brackets, and port; nothing is checked, and without a colon all of it is the host.
[[nodiscard]] inline std::pair<std::string, std::string> split_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, ""};
  std::string host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return {host, address.substr(colon + 1)};
}

}  // namespace galen::net
