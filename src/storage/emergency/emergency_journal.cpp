#include "storage/emergency/emergency_journal.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace galen::storage {

namespace {

constexpr const char* kName = "journal";
constexpr const char* kNewName = "journal.new";
constexpr std::size_t kMaxSetAside = 1000;
/// Reasons of permits are below this (docs/formats.md, "State values").
constexpr std::uint8_t kFirstRefusal = 32;

bool is_refusal(const EmergencyRecord& record) {
  const auto& reasons = record.entry.reasons;
  return std::all_of(
      reasons.begin(), reasons.end(), [](std::uint8_t reason) { return reason >= kFirstRefusal; });
}

Status move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (!error) return {};
  return fail(ErrorCode::kIo, "cannot rename " + from.string() + ": " + error.message());
}

/// A frame that verifies stands somewhere in `tail`: what is before it was damaged, not torn.
bool holds_a_frame(const JournalId& journal, BytesView tail) {
  for (std::size_t at = 1; at < tail.size(); ++at) {
    if (read_frame(journal, tail.subspan(at))) return true;
  }
  return false;
}

}  // namespace

EmergencyJournal::EmergencyJournal(EmergencyJournalOptions options,
                                   RandomSource& random,
                                   Disk& disk)
    : options_(std::move(options)), random_(random), disk_(disk) {}

Result<std::unique_ptr<EmergencyJournal>> EmergencyJournal::open(
    const EmergencyJournalOptions& options, RandomSource& random, Disk& disk) {
  std::unique_ptr<EmergencyJournal> journal(new EmergencyJournal(options, random, disk));
  GALEN_TRY_STATUS(disk.make_directory(options.directory));
  // A journal whose directory a power cut takes would begin anew, as if nothing had been released.
  GALEN_TRY_STATUS(disk.sync_directory(options.directory.parent_path()));
  const auto& anchored = options.anchored;
  auto opened = disk.open_file(options.directory / kName);
  if (!opened && opened.error().code != ErrorCode::kNotFound) {
    return tl::unexpected(opened.error());
  }
  if (!opened) {
    if (anchored) journal->incident_ = "the emergency journal is missing";
    GALEN_TRY_STATUS(journal->begin(anchored ? std::optional(anchored->journal) : std::nullopt));
    return journal;
  }
  journal->file_ = *std::move(opened);
  std::string damage;
  GALEN_TRY_STATUS(journal->read(damage));
  if (damage.empty()) return journal;
  journal->incident_ = damage;
  std::optional<JournalId> lost = anchored ? std::optional(anchored->journal) : std::nullopt;
  if (!lost && !journal->header_.journal.is_zero()) lost = journal->header_.journal;
  GALEN_TRY_STATUS(journal->set_aside());
  GALEN_TRY_STATUS(journal->begin(lost));
  return journal;
}

Status EmergencyJournal::read(std::string& damage) {
  GALEN_TRY(const Bytes file, file_->read_all());
  const auto header = EmergencyHeader::decode(file);
  if (!header) {
    damage = header.error().message;
    return {};
  }
  if (header->chain != options_.chain || header->organisation != options_.organisation) {
    return fail(ErrorCode::kWrongChain,
                options_.directory.string() + ": the emergency journal of another chain or node");
  }
  header_ = *header;
  return read_frames(file, damage);
}

Status EmergencyJournal::read_frames(BytesView file, std::string& damage) {
  std::size_t at = EmergencyHeader::kBytes;
  while (at < file.size()) {
    const auto frame = read_frame(header_.journal, file.subspan(at));
    if (!frame) break;
    if (!takes(*frame, damage)) return {};
    at += frame->size;
  }
  end_ = at;
  if (at < file.size()) {
    const BytesView tail = file.subspan(at);
    if (holds_a_frame(header_.journal, tail)) {
      damage = "the emergency journal is damaged after entry " +
               std::to_string(header_.dropped + entries_.size());
      return {};
    }
  }
  if (!fits_anchor(damage)) return {};
  // Cut off what a crash tore: it must not stand behind a shorter frame later.
  if (at < file.size()) return write_anew(header_, entries_);
  return {};
}

bool EmergencyJournal::takes(const EmergencyFrame& frame, std::string& damage) {
  auto record = EmergencyRecord::decode(frame.record);
  const std::uint64_t number = header_.dropped + entries_.size() + 1;
  const Digest before = entries_.empty() ? header_.before : entries_.back().hash;
  const bool fits = record && frame.number == number && record->entry.number == number &&
                    record->entry.journal == header_.journal && record->entry.previous == before;
  if (!fits) {
    damage = "the emergency journal has no entry " + std::to_string(number) +
             " that continues the one before";
    return false;
  }
  const Digest hash = ledger::journal_entry_hash(options_.chain, record->entry);
  if (is_refusal(*record)) ++refused_;
  entries_.push_back({hash, *std::move(record)});
  return true;
}

bool EmergencyJournal::fits_anchor(std::string& damage) const {
  const auto& anchored = options_.anchored;
  if (!anchored) return true;
  if (anchored->journal != header_.journal) {
    // Begun after that one, and not anchored yet.
    if (header_.follows == anchored->journal) return true;
    damage = "the ledger knows another emergency journal of this node";
    return false;
  }
  const std::uint64_t last = header_.dropped + entries_.size();
  bool fits = anchored->last >= header_.dropped && anchored->last <= last;
  if (fits) {
    const Digest& own = anchored->last == header_.dropped
                            ? header_.before
                            : entries_[anchored->last - header_.dropped - 1].hash;
    fits = own == anchored->head;
  }
  if (!fits) damage = "the emergency journal is not what the ledger knows of it";
  return fits;
}

Status EmergencyJournal::set_aside() {
  file_.reset();
  entries_.clear();
  refused_ = 0;
  for (std::size_t n = 1; n <= kMaxSetAside; ++n) {
    const auto path = options_.directory / (std::string(kName) + ".damaged-" + std::to_string(n));
    if (std::filesystem::exists(path)) continue;
    return move_file(options_.directory / kName, path);
  }
  return fail(ErrorCode::kIo, options_.directory.string() + ": too many damaged journals");
}

Status EmergencyJournal::begin(const std::optional<JournalId>& follows) {
  EmergencyHeader header;
  header.chain = options_.chain;
  header.organisation = options_.organisation;
  header.journal = random_.next<JournalId>();
  header.follows = follows;
  return write_anew(header, {});
}

Status EmergencyJournal::write_anew(const EmergencyHeader& header,
                                    const std::vector<HeldEmergency>& entries) {
  const auto path = options_.directory / kNewName;
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  Bytes bytes = header.encode();
  std::uint64_t number = header.dropped;
  for (const HeldEmergency& entry : entries) {
    const Bytes frame = encode_frame(header.journal, ++number, entry.record.encode());
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
  {
    GALEN_TRY(const auto created, disk_.create_file(path));
    GALEN_TRY_STATUS(created->write_at(bytes, 0));
    GALEN_TRY_STATUS(created->sync());
  }
  end_ = bytes.size();
  file_.reset();
  GALEN_TRY_STATUS(move_file(path, options_.directory / kName));
  GALEN_TRY_STATUS(disk_.sync_directory(options_.directory));
  GALEN_TRY(file_, disk_.open_file(options_.directory / kName));
  header_ = header;
  return {};
}

Status EmergencyJournal::has_room(const AccountId& organisation, bool released) const {
  if (broken_) return fail(ErrorCode::kIo, "emergency journal: a write failed before");
  if (entries_.size() >= kMaxEmergencyEntries ||
      (!released && refused_ >= kMaxRefusedEmergencies)) {
    return fail(ErrorCode::kResourceExhausted, "emergency journal: full; it has to be anchored");
  }
  std::size_t entries = 0;
  std::size_t refused = 0;
  for (const HeldEmergency& held : entries_) {
    if (held.record.entry.request.organisation != organisation) continue;
    ++entries;
    if (is_refusal(held.record)) ++refused;
  }
  if (entries >= kMaxEmergenciesOfOne || (!released && refused >= kMaxRefusedOfOne)) {
    return fail(ErrorCode::kResourceExhausted,
                "emergency journal: this organisation's share is full; it has to be anchored");
  }
  return {};
}

Status EmergencyJournal::takes_releases_to(const AccountId& organisation) const {
  const std::lock_guard lock(mutex_);
  return has_room(organisation, true);
}

Result<HeldEmergency> EmergencyJournal::append(EmergencyRecord record, bool released) {
  const std::lock_guard lock(mutex_);
  GALEN_TRY_STATUS(has_room(record.entry.request.organisation, released));
  record.entry.journal = header_.journal;
  record.entry.number = header_.dropped + entries_.size() + 1;
  record.entry.previous = entries_.empty() ? header_.before : entries_.back().hash;
  record.entry.salt = random_.next<Random32>();
  const Bytes frame = encode_frame(header_.journal, record.entry.number, record.encode());
  Status written = file_->write_at(frame, end_);
  if (written) written = file_->sync();
  if (!written) {
    broken_ = true;
    return tl::unexpected(written.error());
  }
  end_ += frame.size();
  if (!released) ++refused_;
  const Digest hash = ledger::journal_entry_hash(options_.chain, record.entry);
  entries_.push_back({hash, std::move(record)});
  return entries_.back();
}

EmergencyJournalState EmergencyJournal::state() const {
  const std::lock_guard lock(mutex_);
  EmergencyJournalState state;
  state.journal = header_.journal;
  state.follows = header_.follows;
  state.dropped = header_.dropped;
  state.last = header_.dropped + entries_.size();
  state.head = entries_.empty() ? header_.before : entries_.back().hash;
  return state;
}

std::vector<HeldEmergency> EmergencyJournal::list(std::uint64_t from, std::size_t max) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t first = header_.dropped + 1;
  const std::size_t skip = from <= first ? 0 : std::min<std::size_t>(from - first, entries_.size());
  const std::size_t count = std::min(max, entries_.size() - skip);
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(skip);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::optional<HeldEmergency> EmergencyJournal::find_release(
    const ledger::AccessRequest& request) const {
  const std::lock_guard lock(mutex_);
  const auto held = std::find_if(entries_.begin(), entries_.end(), [&](const HeldEmergency& each) {
    return each.record.entry.request == request && !is_refusal(each.record);
  });
  return held == entries_.end() ? std::nullopt : std::optional(*held);
}

std::map<DeclarationId, PatientId> EmergencyJournal::declared_by(
    const AccountId& organisation) const {
  const std::lock_guard lock(mutex_);
  std::map<DeclarationId, PatientId> declared;
  for (const HeldEmergency& each : entries_) {
    const ledger::DeclareEmergency& declaration = each.record.declaration;
    // A request of another organisation takes no place of this one.
    const bool theirs = declaration.organisation == organisation &&
                        each.record.entry.request.organisation == organisation &&
                        !is_refusal(each.record);
    if (theirs) declared.emplace(declaration.declaration, declaration.patient);
  }
  return declared;
}

Status EmergencyJournal::drop(std::uint64_t through) {
  const std::lock_guard lock(mutex_);
  if (broken_) return fail(ErrorCode::kIo, "emergency journal: a write failed before");
  if (through <= header_.dropped) return {};
  const std::size_t count = std::min<std::size_t>(through - header_.dropped, entries_.size());
  if (count == 0) return {};
  EmergencyHeader header = header_;
  header.dropped += count;
  header.before = entries_[count - 1].hash;
  std::vector<HeldEmergency> kept(entries_.begin() + static_cast<std::ptrdiff_t>(count),
                                  entries_.end());
  const Status written = write_anew(header, kept);
  if (!written) {
    broken_ = true;
    return written;
  }
  entries_ = std::move(kept);
  refused_ = static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [](const HeldEmergency& held) {
        return is_refusal(held.record);
      }));
  return {};
}

}  // namespace galen::storage
