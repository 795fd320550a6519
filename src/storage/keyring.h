// The keyring: one row per (subject, compartment) with its handle and data key, in a database of
// its own, so that a key can be destroyed at once and compacted away (PRIVACY.md 14). New keys are
// synced before anything that needs them is written. Thread rule: any thread.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "storage/compartment.h"
#include "storage/rocks.h"
#include "storage/subject_keys.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace galen::storage {

using SubjectKeysPtr = std::shared_ptr<const SubjectKeys>;
/// Random; stored in keyring and ledger, which belong together.
using KeyringId = FixedBytes<struct KeyringIdTag, 16>;

using KeyNote = FixedBytes<struct KeyNoteTag, 16>;

struct SubjectRef {
  PatientId subject;
  Compartment compartment = Compartment::kClinical;
  friend auto operator<=>(const SubjectRef&, const SubjectRef&) = default;
};

class Keyring {
 public:
  /// Opens or creates; `random` outlives it and is used under its lock. kCorrupt, kIo,
  /// kFailedPrecondition.
  [[nodiscard]] static Result<std::unique_ptr<Keyring>> open(const std::filesystem::path& path,
                                                             RandomSource& random);
  /// For reading alone: writes nothing. kCorrupt (also: not a keyring), kIo.
  [[nodiscard]] static Result<std::unique_ptr<Keyring>> open_read_only(
      const std::filesystem::path& path, RandomSource& random);
  ~Keyring();
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  [[nodiscard]] const KeyringId& id() const { return id_; }

  /// Names a subject's row by his path, which orders know too.
  [[nodiscard]] KeyName name_of(const SubjectPath& subject, Compartment compartment) const;

  /// Keys of a subject; nullptr when it has none (never seen, concealed or erased). kCorrupt, kIo.
  [[nodiscard]] Result<SubjectKeysPtr> find(const SubjectRef& subject) const;
  [[nodiscard]] Result<SubjectKeysPtr> find_visible(const KeyName& name) const;
  /// As a reader sees them whose snapshot of the ledger is of `sequence`: what was concealed behind
  /// it is there, until it is destroyed.
  [[nodiscard]] Result<SubjectKeysPtr> find_visible(const KeyName& name,
                                                    std::uint64_t sequence) const;
  /// By the name a locator holds, concealed ones too; nullptr when destroyed. kCorrupt, kIo.
  [[nodiscard]] Result<SubjectKeysPtr> find(const KeyName& name) const;

  /// Calls `visit` for every row, concealed ones too, until it fails. kCorrupt, kIo.
  [[nodiscard]] Status each(const std::function<Status(const SubjectKeysPtr&)>& visit) const;

  /// Keys of each subject, made and synced first where missing (one sync for all). kCorrupt, kIo.
  [[nodiscard]] Result<std::vector<SubjectKeysPtr>> ensure(const std::vector<SubjectRef>& subjects);

  /// Deletes a subject's row, synced, and notes his name among the destroyed: what was sealed under
  /// it cannot be read again. Bytes of the old row stay in files until they are compacted, which is
  /// noted as well. False when there was no row. kIo.
  [[nodiscard]] Result<bool> destroy(const KeyName& name);

  [[nodiscard]] Result<bool> destroy(const SubjectRef& subject) {
    return destroy(name_of(subject));
  }

  /// Whether destroy() deleted the key of this name, or conceal() hides it until then. kCorrupt,
  /// kIo.
  [[nodiscard]] Result<bool> was_destroyed(const KeyName& name) const;

  /// A note of every key that destroy() deleted: an order for it stands in the ledger that belongs
  /// to this keyring, unless that is of before. kCorrupt, kIo.
  [[nodiscard]] Result<std::set<KeyNote>> destroyed() const;
  /// Of the key of this name. It holds no byte of the name.
  [[nodiscard]] static KeyNote note_of(const KeyName& name);

  /// Keys made since the beginning: never fewer than when the ledger's head was written, unless the
  /// keyring is of before.
  [[nodiscard]] std::uint64_t made() const;

  /// From now on the subject has no keys, though old blocks still open until they are destroyed:
  /// what reads state must not depend on how far the erase job is. Until the process ends.
  /// Snapshots of the ledger from before `sequence`, its newest write, go on seeing them.
  void conceal(const KeyName& name, std::uint64_t sequence);

  /// Rewrites the files, so that they hold no byte of a destroyed row, and drops the logs.
  /// kFailedPrecondition: something still uses a table of before, again later; kIo.
  [[nodiscard]] Status compact();

  /// A key was destroyed and no compaction has ended since, in this process or one before it: its
  /// bytes may still be in the files. kCorrupt, kIo.
  [[nodiscard]] Result<bool> needs_compaction() const;

 private:
  using NodeSecret = FixedBytes<struct NodeSecretTag, 32>;

  Keyring(std::unique_ptr<Rocks> rocks, RandomSource& random);

  /// False when there is none yet.
  [[nodiscard]] Result<bool> load_identity();
  [[nodiscard]] Status make_identity();
  [[nodiscard]] Bytes identity_row(std::uint64_t made) const;
  [[nodiscard]] Status write_identity();
  /// What was destroyed up to then, `destructions`, is in no file any more.
  [[nodiscard]] Status note_compacted(std::uint64_t destructions);
  [[nodiscard]] KeyName name_of(const SubjectRef& subject) const;
  [[nodiscard]] Result<SubjectKeysPtr> read(const KeyName& name) const;
  void remember(const SubjectKeysPtr& keys) const;

  std::unique_ptr<Rocks> rocks_;
  RandomSource& random_;
  KeyringId id_;
  NodeSecret secret_;
  std::uint64_t made_ = 0;
  std::uint64_t destructions_ = 0;  ///< in this process
  mutable std::mutex mutex_;        ///< guards random_, the counts, the two generations and writing
  // Bounded: when the young generation is full it becomes the old one, which is dropped.
  mutable std::map<KeyName, SubjectKeysPtr> young_;
  mutable std::map<KeyName, SubjectKeysPtr> old_;
  std::map<KeyName, std::uint64_t> concealed_;  ///< and since when
};

}  // namespace galen::storage
