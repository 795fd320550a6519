// What a purpose in a grant covers (HEALTH.md 1.2, 1.4): short explicit tables for permits, the
// whole HL7 subtree except BTG for denies, pinned to R4's v3-ActReason of 2018-08-12 as terminology
// version 1. The tables decide who may read what, so a change is a new version (docs/consent.md).
// FROZEN. Thread rule: immutable after the first use, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace galen::policy {

inline constexpr std::string_view kEveryPurpose = "*";
inline constexpr std::string_view kBreakGlassPurpose = "BTG";

/// Purpose written in a grant -> purposes it covers in requests.
using PurposeTable = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;

struct Terminology {
  PurposeTable permit_covers;
  PurposeTable deny_covers;

  /// True for a code of the pinned PurposeOfUse tree, BTG included; false for "*".
  [[nodiscard]] bool is_purpose(std::string_view code) const { return deny_covers.contains(code); }
};

/// The tables of a pinned version. An unknown version has empty tables: no permit covers anything
/// and only "*" denies.
[[nodiscard]] const Terminology& terminology(std::uint16_t version);

/// Whether `granted` in a grant covers `asked`; "*" covers every purpose.
[[nodiscard]] bool covers(const PurposeTable& table,
                          std::string_view granted,
                          std::string_view asked);

}  // namespace galen::policy
