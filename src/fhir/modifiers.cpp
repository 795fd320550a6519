#include "fhir/modifiers.h"

#include "base/limits.h"
#include "fhir/date_time.h"
#include "fhir/resource_parts.h"
#include "fhir/strict_json.h"
#include "ledger/regions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace galen::fhir {

namespace {

constexpr auto kMostMs = static_cast<std::int64_t>(kMaxCounter);
constexpr std::int64_t kLeastDay = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMostDay = std::numeric_limits<std::int32_t>::max();

/// A code of the ledger's own.
template <class E>
std::optional<E> read_code(Element& extension) {
  const auto text = extension.required_text("valueCode");
  if (!text) return std::nullopt;
  const auto code = ledger::parse<E>(*text);
  if (!code) {
    extension.refuse(
        "valueCode", IssueCode::kValue, "'" + printable(*text) + "' is no code of the ledger");
  }
  return code;
}

std::optional<std::uint32_t> read_number(Element& extension, std::int64_t least) {
  const auto number =
      extension.required_whole("valueDecimal", least, std::numeric_limits<std::uint32_t>::max());
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// Room for one more of a list that the ledger bounds.
bool has_room(Element& extension, std::size_t count, std::size_t most) {
  if (count < most) return true;
  extension.issues().error(
      IssueCode::kTooLong, extension.path(), "more than " + std::to_string(most) + " of its name");
  return false;
}

void read_action(Element& extension, Modifiers& out) {
  const auto action = read_code<ledger::Action>(extension);
  if (action) {
    out.actions = static_cast<ledger::ActionSet>(out.actions | ledger::action_bit(*action));
  }
}

void read_region(Element& extension, Modifiers& out) {
  const auto text = extension.required_text("valueCode");
  if (!text || !has_room(extension, out.regions.size(), limits::kMaxRegions)) return;
  if (ledger::is_region(*text)) return out.regions.push_back(*text);
  extension.refuse(
      "valueCode", IssueCode::kValue, "'" + printable(*text) + "' is no ISO 3166-1 code");
}

void set_erase_at(Element& extension, Modifiers& out, std::int64_t ms) {
  if (out.erase_at) return extension.refuse("url", IssueCode::kValue, "is said twice");
  out.erase_at = TimeMs{static_cast<std::uint64_t>(ms)};
}

void read_erase_at(Element& extension, Modifiers& out) {
  const auto text = extension.required_text("valueInstant");
  if (!text) return;
  const auto span = parse_date_time(*text);
  if (span && span->has_time && span->first_ms >= 0) {
    return set_erase_at(extension, out, span->first_ms);
  }
  extension.refuse(
      "valueInstant", IssueCode::kValue, "'" + printable(*text) + "' is no instant since 1970");
}

void read_erase_at_ms(Element& extension, Modifiers& out) {
  const auto ms = extension.required_whole("valueDecimal", 0, kMostMs);
  if (ms) set_erase_at(extension, out, *ms);
}

void read_max_uses(Element& extension, Modifiers& out) {
  out.max_uses = read_number(extension, 1);
}

void read_emergency_override(Element& extension, Modifiers& out) {
  out.emergency_override = read_code<ledger::EmergencyOverride>(extension);
}

/// As the ledger takes labels and their tags: printable, without a space.
bool is_label(const std::string& text) {
  return text.size() <= limits::kMaxLabelBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

void read_label(Element& extension, Modifiers& out) {
  const auto text = extension.required_text("valueString");
  if (!text || !has_room(extension, out.labels.size(), limits::kMaxLabels)) return;
  if (is_label(*text)) return out.labels.push_back(*text);
  extension.refuse("valueString", IssueCode::kValue, "'" + printable(*text) + "' is no label");
}

void read_labels_key_id(Element& extension, Modifiers& out) {
  out.labels_key_id = read_number(extension, 0);
}

void read_floor(Element& extension, Modifiers& out) {
  out.floor = read_code<ledger::Confidentiality>(extension);
}

void read_grantee_kind(Element& extension, Modifiers& out) {
  const auto kind = read_code<ledger::GranteeKind>(extension);
  out.is_project = kind == ledger::GranteeKind::kProject;
  if (!kind || out.is_project) return;
  extension.refuse("valueCode", IssueCode::kValue, "the actor's type says it of all but PROJECT");
}

void read_follow(Element& extension, Modifiers& out) {
  out.follow = extension.required_flag("valueBoolean").value_or(false);
}

void read_group_version(Element& extension, Modifiers& out) {
  out.group_version = read_number(extension, 1);
}

void read_period_start(Element& extension, Modifiers& out) {
  out.period.first_ms = extension.required_whole("valueDecimal", 0, kMostMs);
}

/// The last millisecond that counts, as R4's end.
void read_period_end(Element& extension, Modifiers& out) {
  const auto last = extension.required_whole("valueDecimal", 0, kMostMs - 1);
  if (last) out.period.past_ms = *last + 1;
}

void read_first_day(Element& extension, Modifiers& out) {
  const auto first = extension.required_whole("valueDecimal", kLeastDay, kMostDay);
  if (first) out.data_period.first_ms = *first * kMsPerDay;
}

void read_last_day(Element& extension, Modifiers& out) {
  const auto last = extension.required_whole("valueDecimal", kLeastDay - 1, kMostDay - 1);
  if (last) out.data_period.past_ms = (*last + 1) * kMsPerDay;
}

struct Row {
  std::string_view name;
  bool repeats;
  void (*read)(Element& extension, Modifiers& out);
};

/// The names of fhir/consent_resource.cpp.
constexpr std::array<Row, 16> kRows{{
    {"action", true, read_action},
    {"region", true, read_region},
    {"erase-at", false, read_erase_at},
    {"erase-at-ms", false, read_erase_at_ms},
    {"max-uses", false, read_max_uses},
    {"emergency-override", false, read_emergency_override},
    {"label", true, read_label},
    {"labels-key-id", false, read_labels_key_id},
    {"confidentiality-floor", false, read_floor},
    {"grantee-kind", false, read_grantee_kind},
    {"follow", false, read_follow},
    {"group-version", false, read_group_version},
    {"period-start-ms", false, read_period_start},
    {"period-end-ms", false, read_period_end},
    {"data-period-start-day", false, read_first_day},
    {"data-period-end-day", false, read_last_day},
}};

/// nullptr for a url that is none of these.
const Row* row_of(std::string_view url) {
  const std::string_view prefix = kExtensionUrls;
  if (url.substr(0, prefix.size()) != prefix) return nullptr;
  url.remove_prefix(prefix.size());
  for (const Row& row : kRows) {
    if (row.name == url) return &row;
  }
  return nullptr;
}

void read_modifier(Element& extension, Modifiers& out) {
  const auto url = extension.required_text("url");
  if (!url) return;
  const Row* row = row_of(*url);
  if (row == nullptr) {
    return extension.refuse("url",
                            IssueCode::kNotSupported,
                            "'" + printable(*url) + "' changes the meaning, and nobody knows how");
  }
  const bool is_first = out.places.emplace(std::string(row->name), extension.path()).second;
  if (!is_first && !row->repeats) {
    return extension.refuse("url", IssueCode::kValue, "is said twice");
  }
  row->read(extension, out);
  extension.finish();
}

}  // namespace

Modifiers read_modifiers(Element& provision) {
  Modifiers found;
  provision.list(
      "modifierExtension", kMaxModifiers, [&](Element each) { read_modifier(each, found); });
  return found;
}

}  // namespace galen::fhir
