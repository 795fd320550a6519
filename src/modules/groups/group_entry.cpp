// The state values of groups and memberships.
#include "base/limits.h"
#include "modules/groups/groups.h"
#include "modules/identity/entry.h"

#include <algorithm>

namespace galen::groups {

namespace {

using codec::Reader;
using codec::Writer;
using execution::StateReader;
using ledger::KeyKind;
using ledger::StateKey;

void write(Writer& w, const MemberSpans& spans) {
  w.count(spans.size());
  for (const MemberSpan& span : spans) {
    w.u32(span.joined).boolean(span.left.has_value());
    if (span.left) w.u32(*span.left);
  }
}

/// Not empty: nobody is written down without a membership.
MemberSpans read_spans(Reader& r) {
  MemberSpans spans;
  const std::size_t count = r.count(kMaxSpansPerMember);
  if (!r.failed() && count == 0) r.fail_with("a member without a span");
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    MemberSpan span;
    span.joined = r.u32();
    if (r.boolean()) span.left = r.u32();
    const bool after = spans.empty() || (spans.back().left && *spans.back().left <= span.joined);
    if (span.joined == 0 || !after || (span.left && *span.left <= span.joined)) {
      r.fail_with("spans of a member that are no ascending versions");
    }
    spans.push_back(span);
  }
  return spans;
}

std::map<AccountId, MemberSpans> read_organisations(Reader& r) {
  std::map<AccountId, MemberSpans> organisations;
  std::size_t total = 0;
  const std::size_t count = r.count(kMaxSpansPerGroup);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    const auto id = r.fixed<AccountId>();
    if (!organisations.empty() && !(organisations.rbegin()->first < id)) {
      r.fail_with("organisations unsorted or twice the same");
    }
    MemberSpans spans = read_spans(r);
    total += spans.size();
    organisations.emplace(id, std::move(spans));
  }
  if (total > kMaxSpansPerGroup) r.fail_with("more spans than a group has");
  return organisations;
}

/// Of an entry with past versions.
constexpr std::uint16_t kPastVersion = 2;

void write(Writer& w, const std::vector<GroupVersion>& past) {
  w.count(past.size());
  for (const GroupVersion& version : past) {
    w.counter(version.height).boolean(version.ends.has_value());
    if (version.ends) w.counter(*version.ends);
  }
}

/// Not empty: an entry without a past has the version before.
std::vector<GroupVersion> read_past(Reader& r, std::uint32_t present) {
  std::vector<GroupVersion> past;
  const std::size_t count = r.count(kMaxPastVersions);
  if (!r.failed() && (count == 0 || count >= present)) {
    r.fail_with("past versions of a group that do not fit its present one");
  }
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    GroupVersion version;
    version.version = present - static_cast<std::uint32_t>(count - i);
    version.height = r.counter<Height>();
    if (r.boolean()) version.ends = r.counter<TimeMs>();
    if (!past.empty() && version.height < past.back().height) {
      r.fail_with("past versions of a group out of the order of their blocks");
    }
    past.push_back(version);
  }
  return past;
}

bool is_name(const std::string& text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_letter);
}

}  // namespace

bool is_member(const MemberSpans& spans, std::uint32_t version) {
  return std::any_of(spans.begin(), spans.end(), [version](const MemberSpan& span) {
    return span.joined <= version && (!span.left || version < *span.left);
  });
}

bool GroupEntry::has(const AccountId& organisation, std::uint32_t at_version) const {
  const auto found = organisations.find(organisation);
  return found != organisations.end() && is_member(found->second, at_version);
}

std::vector<AccountId> GroupEntry::members(std::uint32_t at_version) const {
  std::vector<AccountId> members;
  for (const auto& [id, spans] : organisations) {
    if (is_member(spans, at_version)) members.push_back(id);
  }
  return members;
}

void GroupEntry::keep_version() {
  past.push_back(present());
  if (past.size() > kMaxPastVersions) past.erase(past.begin());
}

Bytes GroupEntry::encode() const {
  // Their numbers follow from their places.
  CHECK(past.empty() || past.front().version + past.size() == version, "a gap in past versions");
  Writer w;
  w.u16(past.empty() ? identity::kEntryVersion : kPastVersion)
      .raw(steward)
      .enumeration(kind)
      .text(name)
      .raw(document);
  w.u32(version).counter(height).boolean(ends.has_value());
  if (ends) w.counter(*ends);
  w.count(organisations.size());
  for (const auto& [id, spans] : organisations) {
    w.raw(id);
    write(w, spans);
  }
  if (!past.empty()) write(w, past);
  return std::move(w).take();
}

Result<GroupEntry> GroupEntry::decode(BytesView bytes) {
  Reader r(bytes, "group entry");
  const bool has_past = identity::read_entry_version(r, kPastVersion);
  GroupEntry entry;
  entry.steward = r.fixed<AccountId>();
  entry.kind = identity::read_code<ledger::GroupKind>(r);
  entry.name = r.text(limits::kMaxNameBytes);
  if (!r.failed() && !is_name(entry.name)) r.fail_with("not a name");
  entry.document = r.fixed<Digest>();
  entry.version = r.u32();
  if (!r.failed() && entry.version == 0) r.fail_with("a version before the first");
  entry.height = r.counter<Height>();
  if (r.boolean()) entry.ends = r.counter<TimeMs>();
  entry.organisations = read_organisations(r);
  if (has_past) entry.past = read_past(r, entry.version);
  if (!r.failed() && !entry.past.empty() && entry.height < entry.past.back().height) {
    r.fail_with("a version of a group before its past ones");
  }
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey GroupEntry::key(const AccountId& group) {
  return StateKey::main(KeyKind::kGroup, group);
}

std::optional<GroupEntry> GroupEntry::load(const StateReader& state, const AccountId& group) {
  return identity::load_entry<GroupEntry>(state, key(group));
}

Bytes MembershipEntry::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion);
  write(w, spans);
  return std::move(w).take();
}

Result<MembershipEntry> MembershipEntry::decode(BytesView bytes) {
  Reader r(bytes, "membership entry");
  identity::read_entry_version(r);
  MembershipEntry entry{read_spans(r)};
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey MembershipEntry::key(const AccountId& practitioner, const AccountId& group) {
  return StateKey::clinical(id_cast<PatientId>(practitioner), KeyKind::kMembership, group);
}

MembershipEntry MembershipEntry::load(const StateReader& state,
                                      const AccountId& practitioner,
                                      const AccountId& group) {
  return identity::load_entry<MembershipEntry>(state, key(practitioner, group))
      .value_or(MembershipEntry{});
}

std::map<AccountId, GroupEntry> list_groups(const StateReader& state) {
  std::map<AccountId, GroupEntry> groups;
  state.scan({}, KeyKind::kGroup, [&groups](BytesView id, BytesView value) {
    auto entry = GroupEntry::decode(value);
    CHECK(entry.has_value(), "a group entry that does not decode");
    groups.emplace(AccountId::from(id), *std::move(entry));
    return true;
  });
  return groups;
}

}  // namespace galen::groups
