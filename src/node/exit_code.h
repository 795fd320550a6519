// How galend ends (docs/operations.md). Thread rule: constants.
#pragma once

namespace galen::node {

enum class ExitCode : int {
  kOk = 0,
  kGeneral = 1,
  kUsage = 2,
  kConfig = 3,         ///< configuration, keys, certificates, genesis
  kDirectory = 4,      ///< data directory in use, of another chain or node, or damaged
  kListen = 5,         ///< the listen address cannot be used
  kStorageFault = 10,  ///< a write or read failed while running (DUR-5), or no room to start
  kFailStop = 11,      ///< certified history contradicts this node's state (SAF-15)
  kDamaged = 12,       ///< verify-store found something wrong
};

}  // namespace galen::node
