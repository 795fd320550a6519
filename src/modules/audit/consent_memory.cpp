#include "modules/audit/consent_memory.h"

#include "modules/identity/people.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace galen::audit {

namespace {

/// A map's node and its allocation.
constexpr std::size_t kNodeBytes = 64;

std::size_t bytes_of(const consent::GrantEntry& entry) {
  const ledger::GrantTerms& terms = entry.terms;
  const std::size_t texts =
      terms.purposes.capacity() + terms.labels.capacity() + terms.regions.capacity();
  return kNodeBytes + sizeof(GrantId) + sizeof(entry) + texts * sizeof(std::string) +
         terms.data.capacity() * sizeof(ledger::DataLimit) +
         terms.supersedes.capacity() * sizeof(GrantId);
}

}  // namespace

policy::ConsentIndex index_of(const std::map<GrantId, consent::GrantEntry>& entries) {
  std::vector<policy::GrantFacts> facts;
  facts.reserve(entries.size());
  for (const auto& [id, entry] : entries) facts.push_back(entry.facts(id));
  return policy::ConsentIndex(std::move(facts));
}

CommittedGrants::CommittedGrants(std::map<GrantId, consent::GrantEntry> entries)
    : entries_(std::move(entries)), index_(index_of(entries_)) {
  for (const auto& [id, entry] : entries_) {
    if (entry.group()) of_groups_.emplace(id, entry);
    comparisons_ += comparisons_of(entry.terms);
  }
}

std::uint64_t comparisons_of(const ledger::GrantTerms& terms) {
  constexpr std::uint64_t kPerLimit = 8;
  constexpr std::uint64_t kPerLabel = 16;
  return 1 + kPerLimit * terms.data.size() + kPerLabel * terms.labels.size();
}

std::size_t CommittedGrants::bytes() const {
  std::size_t total = sizeof(*this) + index_.bytes();
  for (const auto& [id, entry] : entries_) total += bytes_of(entry);
  for (const auto& [id, entry] : of_groups_) total += bytes_of(entry);
  return total;
}

std::shared_ptr<const CommittedGrants> ConsentCache::find(const PatientId& patient,
                                                          BytesView root) {
  const auto found = entries_.find(patient);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  if (!std::equal(entry.root.begin(), entry.root.end(), root.begin(), root.end())) return nullptr;
  by_age_.erase(entry.asked);
  entry.asked = ++clock_;
  by_age_.emplace(entry.asked, patient);
  return entry.grants;
}

void ConsentCache::keep(const PatientId& patient,
                        BytesView root,
                        std::shared_ptr<const CommittedGrants> grants) {
  forget(patient);
  const std::size_t bytes = grants->bytes();
  if (bytes > limits_.max_bytes || limits_.max_patients == 0) return;
  while (entries_.size() >= limits_.max_patients || bytes_ + bytes > limits_.max_bytes) {
    forget(PatientId(by_age_.begin()->second));
  }
  bytes_ += bytes;
  by_age_.emplace(++clock_, patient);
  entries_.emplace(patient, Entry{to_bytes(root), std::move(grants), bytes, clock_});
}

void ConsentCache::forget(const PatientId& patient) {
  const auto found = entries_.find(patient);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  by_age_.erase(found->second.asked);
  entries_.erase(found);
}

void ConsentCache::clear() {
  entries_.clear();
  by_age_.clear();
  bytes_ = 0;
}

std::shared_ptr<const CommittedGrants> load_grants(const execution::StateReader& state,
                                                   const PatientId& patient,
                                                   ConsentMemory* memory) {
  const auto load = [&] {
    return std::make_shared<const CommittedGrants>(consent::list_grants(state, patient));
  };
  if (memory == nullptr) return load();
  if (!identity::PatientEntry::load(state, patient)) {
    memory->forget(patient);
    return load();
  }
  const auto root = state.subtree_root({ledger::TreeKind::kClinical, patient});
  if (!root) return load();
  if (auto known = memory->find(patient, *root)) return known;
  auto grants = load();
  memory->keep(patient, *root, grants);
  return grants;
}

}  // namespace galen::audit
