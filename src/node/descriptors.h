// File descriptors of this process: databases, records and connections share them. Thread rule:
// any thread.
#pragma once

#include "base/result.h"

#include <cstddef>

namespace galen::node {

/// Kept for files: two databases of 256 each, journals, records that are read or written.
inline constexpr std::size_t kFileDescriptors = 768;
/// With fewer connections a node is no use to its consortium.
inline constexpr std::size_t kFewestConnections = 64;

/// Raises the soft limit to the hard one; what it is then.
[[nodiscard]] std::size_t raise_descriptor_limit();

/// How many connections the descriptors leave room for: `wanted`, or fewer. kConfig below
/// kFewestConnections.
[[nodiscard]] Result<std::size_t> connections_within(std::size_t descriptors, std::size_t wanted);

}  // namespace galen::node
