// The proofs of a list as files, one each, for whoever wants to show later what he saw: what
// `galen proof verify` reads. Thread rule: one thread.
#pragma once

#include "galen/outcome.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace galen::cli {

/// Of the thing with this id.
struct NamedProof {
  std::string_view id;
  std::string_view bytes;
};

/// Makes the directory, with mode 0700, unless it is there. kGeneral.
[[nodiscard]] std::optional<client::Failure> make_proof_directory(const std::string& directory);

/// Each as `<id>.proof` there, with mode 0600: all of them, or none. Never in the place of another
/// file. nullopt when all are there; kUsage, kGeneral.
[[nodiscard]] std::optional<client::Failure> write_proofs(const std::string& directory,
                                                          const std::vector<NamedProof>& proofs);

}  // namespace galen::cli
