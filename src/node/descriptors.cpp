#include "node/descriptors.h"

#include <algorithm>
#include <string>
#include <sys/resource.h>

namespace galen::node {

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  return static_cast<std::size_t>(limit.rlim_cur);
}

Result<std::size_t> connections_within(std::size_t descriptors, std::size_t wanted) {
  const std::size_t left = descriptors > kFileDescriptors ? descriptors - kFileDescriptors : 0;
  const std::size_t most = std::min(left, wanted);
  if (most >= std::min(kFewestConnections, wanted)) return most;
  return fail(ErrorCode::kConfig,
              "the process may open " + std::to_string(descriptors) +
                  " files (ulimit -n); it needs " + std::to_string(kFileDescriptors) +
                  " and one for each connection, at least " + std::to_string(kFewestConnections));
}

}  // namespace galen::node
