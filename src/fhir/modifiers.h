// What a grant says and R4's provision has no element for: the modifier extensions that the export
// writes (docs/consent.md "Export"), read as strictly as the elements. Not for other folders.
// Thread rule: values.
#pragma once

#include "fhir/element.h"
#include "ledger/operation.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace galen::fhir {

/// [first, past) in milliseconds since 1970; open where absent.
struct Window {
  std::optional<std::int64_t> first_ms;
  std::optional<std::int64_t> past_ms;
};

/// What is absent is as the elements say it.
struct Modifiers {
  ledger::ActionSet actions = 0;  ///< 0 = not given
  std::vector<std::string> regions;
  std::optional<TimeMs> erase_at;
  std::optional<std::uint32_t> max_uses;
  std::optional<ledger::EmergencyOverride> emergency_override;
  std::vector<std::string> labels;  ///< just these, without what is below them
  std::optional<std::uint32_t> labels_key_id;
  std::optional<ledger::Confidentiality> floor;  ///< of a denial with labels
  bool is_project = false;
  bool follow = false;
  std::optional<std::uint32_t> group_version;
  Window period;                                           ///< limits that R4 has no text for
  Window data_period;                                      ///< the same, by whole days
  std::map<std::string, std::string, std::less<>> places;  ///< name -> path of the first so named
};

/// Reads the provision's modifierExtension. One that is not known is an error: it changes what the
/// provision means.
[[nodiscard]] Modifiers read_modifiers(Element& provision);

inline constexpr std::size_t kMaxModifiers = 64;

}  // namespace galen::fhir
