// Groups and projects as the client library shows them (docs/consent.md "Groups and projects").
// Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct GroupOptions {
  std::string group;  ///< id; empty for a new one
  std::string kind = "GROUP";
  std::string name;
  /// To its rules or protocol (commit_text). Empty for a new one: a random value, to nothing; else
  /// as before.
  std::string document_commitment;
  std::vector<std::string> organisations;  ///< members of a new one, or added
  std::vector<std::string> removed;
  std::string ends;  ///< instant; empty = as before
};

struct MembershipOptions {
  std::string group;
  std::string practitioner;
  bool member = true;
  std::string organisation;  ///< of the practitioner, when it is another
  std::string key_file;      ///< that organisation's signing key
};

struct GroupView {
  std::string group;
  std::string kind;
  std::string name;
  std::string steward;
  std::uint32_t version = 0;
  std::string document;  ///< commitment to its rules or protocol
  std::uint64_t height = 0;
  std::optional<std::uint64_t> ends_ms;
  std::vector<std::string> organisations;  ///< members now
  std::optional<bool> is_member;           ///< of the person asked for
};

}  // namespace galen::client
