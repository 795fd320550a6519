// The history of a grant: what it replaced, what replaced it, who ended it and when (docs/cli.md,
// `consent history`). Values as in galen/types.h. Thread rule: values.
#pragma once

#include "galen/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct GrantHistoryOptions {
  std::string grant;  ///< any of the line
  std::string patient;
  std::string label_key;   ///< as in ListGrantsOptions
  std::string as{};        ///< the patient's own id; empty = his custodian asks
  std::string key_file{};  ///< the patient's signing key, when he holds it himself; then also `as`
};

struct GrantRevocation {
  std::string by;      ///< "patient", "proxy", "custodian" (paper)
  std::string reason;  ///< docs/cli.md, "Reasons of a revocation"
  std::uint64_t time_ms = 0;
  std::uint64_t height = 0;
};

/// One grant or denial of the line, from a verified proof.
struct GrantVersionView {
  GrantView grant;
  std::string brought_by;  ///< organisation that submitted it
  std::uint64_t given_ms = 0;
  std::uint64_t given_height = 0;
  std::vector<std::string> supersedes;  ///< grants that ended with it
  std::optional<std::string> superseded_by;
  std::optional<GrantRevocation> revoked;  ///< none also when it ended with its proxy
  std::uint64_t proven_height = 0;
};

}  // namespace galen::client
