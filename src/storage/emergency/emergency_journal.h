// The journal of emergency releases of one node (PRIVACY.md 25, 26): every emergency request is in
// it, durable, before anything is released. A file beside the ledger, each entry linked to the one
// before by its hash; docs/formats.md, "Emergency journal". Thread rule: any thread.
#pragma once

#include "base/random.h"
#include "storage/emergency/emergency_record.h"
#include "storage/journal/disk.h"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace galen::storage {

/// Entries held at a time, and how many of them may be refusals: those must not crowd releases out.
inline constexpr std::size_t kMaxEmergencyEntries = 10'000;
inline constexpr std::size_t kMaxRefusedEmergencies = 8'000;
/// The share of each organisation that asks: none fills the journal by itself.
inline constexpr std::size_t kMaxEmergenciesOfOne = kMaxEmergencyEntries / 4;
inline constexpr std::size_t kMaxRefusedOfOne = kMaxRefusedEmergencies / 4;

/// The newest anchor of this node's journal that the ledger knows.
struct AnchoredHead {
  JournalId journal;
  std::uint64_t last = 0;
  Digest head;
};

struct EmergencyJournalOptions {
  std::filesystem::path directory;  ///< made when missing, mode 0700
  ChainId chain;
  AccountId organisation;
  std::optional<AnchoredHead> anchored;
};

/// One entry as it stands in the journal.
struct HeldEmergency {
  Digest hash;
  EmergencyRecord record;
};

struct EmergencyJournalState {
  JournalId journal;
  std::optional<JournalId> follows;
  std::uint64_t dropped = 0;  ///< entries up to this one are not held any more
  std::uint64_t last = 0;
  Digest head;  ///< hash of the last entry, held or not; zero before the first
};

class EmergencyJournal {
 public:
  /// Reads the journal, or begins one. A last frame that a crash tore is cut off: nothing was
  /// released for it. A journal that is missing, damaged, or behind what the ledger knows of it, is
  /// set aside (`incident` says why) and another begins that names it. kWrongChain, kIo,
  /// kFailedPrecondition (another process has it).
  [[nodiscard]] static Result<std::unique_ptr<EmergencyJournal>> open(
      const EmergencyJournalOptions& options, RandomSource& random, Disk& disk = system_disk());

  /// Gives the record journal, number, predecessor and salt, and makes it durable: only then may a
  /// key leave. kResourceExhausted (it is full, or the share of who asks is; refusals have smaller
  /// ones); kIo: nothing was recorded that counts, and the journal takes nothing more until it is
  /// opened again (DUR-5).
  [[nodiscard]] Result<HeldEmergency> append(EmergencyRecord record, bool released);

  /// Whether a release to this organisation could be recorded now. Errors as append.
  [[nodiscard]] Status takes_releases_to(const AccountId& organisation) const;

  [[nodiscard]] EmergencyJournalState state() const;
  /// Entries held with numbers from `from` on.
  [[nodiscard]] std::vector<HeldEmergency> list(std::uint64_t from, std::size_t max) const;

  /// The entry under which this very request was released before, if it is still held.
  [[nodiscard]] std::optional<HeldEmergency> find_release(
      const ledger::AccessRequest& request) const;
  /// Declarations of an organisation under which something held here was released to itself.
  [[nodiscard]] std::map<DeclarationId, PatientId> declared_by(const AccountId& organisation) const;

  /// Forgets entries up to `through`, which are in the logs of their patients: the file is written
  /// anew without them. Numbers go on. kIo.
  [[nodiscard]] Status drop(std::uint64_t through);

  /// Why the journal before was set aside when this one was opened.
  [[nodiscard]] const std::optional<std::string>& incident() const { return incident_; }

 private:
  EmergencyJournal(EmergencyJournalOptions options, RandomSource& random, Disk& disk);

  [[nodiscard]] Status read(std::string& damage);
  [[nodiscard]] Status read_frames(BytesView file, std::string& damage);
  [[nodiscard]] bool fits_anchor(std::string& damage) const;
  [[nodiscard]] bool takes(const EmergencyFrame& frame, std::string& damage);
  /// REQUIRES: mutex_ held.
  [[nodiscard]] Status has_room(const AccountId& organisation, bool released) const;
  [[nodiscard]] Status begin(const std::optional<JournalId>& follows);
  [[nodiscard]] Status set_aside();
  [[nodiscard]] Status write_anew(const EmergencyHeader& header,
                                  const std::vector<HeldEmergency>& entries);

  const EmergencyJournalOptions options_;
  RandomSource& random_;
  Disk& disk_;
  std::optional<std::string> incident_;

  mutable std::mutex mutex_;
  std::unique_ptr<DiskFile> file_;
  EmergencyHeader header_;
  std::vector<HeldEmergency> entries_;
  std::size_t refused_ = 0;
  std::uint64_t end_ = 0;  ///< where the next frame goes
  bool broken_ = false;
};

}  // namespace galen::storage
