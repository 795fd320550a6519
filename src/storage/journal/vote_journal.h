// The vote journal: the only authority for what this validator has signed (CONSENSUS.md, "Vote
// journal"; DUR-1, DUR-4, DUR-6). A directory with one file per height parity, beside the key.
// Missing, damaged or older than the ledger's mark means amnesia: no votes under the old key.
// Thread rule: one thread at a time, except sequence(), which any thread may call.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "pbft/journal_record.h"
#include "storage/journal/journal_file.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace galen::storage {

/// What a restarted replica gets back (pbft::Restored, before verification).
struct JournalContents {
  std::vector<pbft::JournalRecord> records;  ///< in the order they were appended, each once
  Height wiped;                              ///< kJournalForEver under amnesia
  bool amnesia = false;                      ///< forget() was called: follow, never vote
};

class VoteJournal {
 public:
  /// Creates an empty journal. For key generation only: a new journal under a key that has voted is
  /// how equivocation happens. `random` (null: the machine's) seals the files. kAlreadyExists, kIo.
  [[nodiscard]] static Status create(const std::filesystem::path& directory,
                                     const ChainId& chain,
                                     ValidatorIndex member,
                                     Disk& disk = system_disk(),
                                     RandomSource* random = nullptr);

  /// Never creates. `applied` is the ledger's height: votes up to it have served, so whatever
  /// became of them is no damage. kNotFound and kCorrupt mean amnesia; kFailedPrecondition: another
  /// process has it open; kWrongChain: it belongs to another chain or validator; kIo.
  [[nodiscard]] static Result<VoteJournal> open(const std::filesystem::path& directory,
                                                const ChainId& chain,
                                                ValidatorIndex member,
                                                Height applied = {},
                                                Disk& disk = system_disk());

  /// After open() said kCorrupt or kNotFound: overwrites what files there are, block bodies with
  /// them, and marks them as forget() does. Never creates one. kFailedPrecondition, kIo.
  [[nodiscard]] static Status erase(const std::filesystem::path& directory,
                                    const ChainId& chain,
                                    ValidatorIndex member,
                                    Disk& disk = system_disk(),
                                    RandomSource* random = nullptr);

  /// Amnesia, for ever and synced: no restart may take this journal for the whole memory of its key
  /// again. Records stay until they are wiped: others may need the blocks. kIo.
  [[nodiscard]] Status forget();

  /// Writes all records with one sync; only then may they leave. Returns the new sequence number.
  /// kIo: the process must stop (DUR-5). REQUIRES: records not empty, signed.
  [[nodiscard]] Result<std::uint64_t> append(const std::vector<pbft::JournalRecord>& records);

  /// `height` was applied by a certificate of view `certified`: its votes and block bodies are
  /// overwritten; VIEW-CHANGEs and NEW-VIEWs above `certified` move on. Costs no sync,
  /// unless something moves on. Repeating it is harmless. kIo.
  [[nodiscard]] Status wipe(Height height, View certified);
  /// Until then what was wiped may stand on the disk: after a block with an erasure order, which
  /// promises more than the next vote's sync (PRIVACY.md 15). kIo.
  [[nodiscard]] Status sync_wipes();

  /// Everything held.
  [[nodiscard]] Result<JournalContents> load() const;

  /// Number of the last synced append. The ledger stores it with every block; a journal below the
  /// ledger's mark is behind: amnesia.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_->load(); }

 private:
  struct Held {
    std::uint64_t sequence = 0;
    pbft::JournalRecord record;
  };

  explicit VoteJournal(JournalFile even, JournalFile odd);

  [[nodiscard]] Status read_frames();
  [[nodiscard]] Status append_to(std::size_t parity,
                                 const std::vector<pbft::JournalRecord>& records);
  [[nodiscard]] Status move_to(std::size_t parity, std::vector<pbft::JournalRecord> records);
  [[nodiscard]] Status wipe_file(std::size_t parity, Height height);
  [[nodiscard]] bool outlives(const pbft::JournalRecord& record, Height height) const;

  std::array<JournalFile, 2> files_;
  std::array<std::vector<Held>, 2> held_;
  View certified_;  ///< of the last wipe
  std::unique_ptr<std::atomic<std::uint64_t>> sequence_;
};

}  // namespace galen::storage
