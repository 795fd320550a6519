// A note of every upload that is not known to be on the chain: what a client left behind who never
// committed its record has to be found and deleted, and the ledger cannot name it (docs/payload.md
// "Uploads that never came onto the chain"). A note tells nobody whose record it is, and says
// nothing any more once the patient's key is destroyed. Thread rule: any thread, one per note.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "payload/envelope_sealer.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::payload {

struct Upload {
  /// What the upload is of.
  struct Owner {
    PatientId patient;
    RecordId record;
    friend bool operator==(const Owner&, const Owner&) = default;
  };

  PayloadAddress address;
  Digest envelopes;  ///< name of their file
  TimeMs since;
  std::optional<Owner> owner;  ///< nullopt: the patient's key was destroyed
};

class UploadNotes {
 public:
  /// `directory` exists; `incoming`, on the same file system, is for files under way. Those and
  /// `sealer` outlive it.
  UploadNotes(std::string directory, std::string incoming, EnvelopeSealer& sealer)
      : directory_(std::move(directory)), incoming_(std::move(incoming)), sealer_(sealer) {}

  /// Durable on return; one of before is replaced. REQUIRES: an owner.
  /// kNotFound when the patient has no key, kIo.
  [[nodiscard]] Status write(const Upload& upload, RandomSource& random);

  /// Names of all notes, in no order: the names of their envelopes. As many as there are files.
  /// kIo.
  [[nodiscard]] Result<std::vector<Digest>> names() const;

  /// kNotFound, kCorrupt, kFailedPrecondition (its key is not here, and was not destroyed), kIo.
  [[nodiscard]] Result<Upload> read(const Digest& name) const;

  /// A missing one is fine. kIo.
  [[nodiscard]] Status remove(const Digest& name);

 private:
  [[nodiscard]] std::string path_of(const Digest& name) const;

  std::string directory_;
  std::string incoming_;
  EnvelopeSealer& sealer_;
};

}  // namespace galen::payload
