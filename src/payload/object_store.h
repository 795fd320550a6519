// The custodian's store of encrypted objects on the file system (ARCHITECTURE.md 6, PRIVACY.md 14,
// 23, 24; docs/payload.md). Objects lie under their content address, envelopes under a hash of
// record and address and sealed under their patient's data key; no record or patient id appears in
// a name. An object is visible only when it is complete, verified and durable. Thread rule:
// ObjectStore from any thread; a writer or reader by one thread at a time.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/chunk_stream.h"
#include "payload/envelope_sealer.h"
#include "payload/key_envelope.h"
#include "payload/upload_notes.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace galen::payload {

struct StoreOptions {
  std::string directory;                                     ///< created with mode 0700
  std::uint64_t min_free_bytes = std::uint64_t{512} << 20U;  ///< kept free on the file system
  std::uint64_t max_object_bytes = std::uint64_t{4} << 30U;  ///< plaintext
};

class ObjectStore;

/// Receives one object. Dropped without `finish`, it leaves nothing.
class ObjectWriter {
 public:
  ~ObjectWriter();
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// Appends the next ciphertext chunk. kInvalidArgument when its size is not what the header says
  /// or the object is complete already; kIo. After a failure only destruction is useful.
  [[nodiscard]] Status write(BytesView chunk);

  /// Verifies the address over all chunks, then makes envelopes and object durable and visible, and
  /// dates the note of the upload.
  /// Storing the same object again is fine. kUnauthenticated when the address is another one,
  /// kAlreadyExists when another record has this object, kInvalidArgument when chunks are missing,
  /// kNotFound when the patient has no data key (any more), kIo.
  [[nodiscard]] Status finish(TimeMs now);

  [[nodiscard]] std::uint64_t chunks_written() const { return leaves_.size(); }

 private:
  friend class ObjectStore;
  ObjectWriter(ObjectStore& store, const ObjectName& name, const crypto::ObjectHeader& header);

  ObjectStore& store_;
  ObjectName name_;
  PatientId patient_;
  crypto::ObjectHeader header_;
  std::vector<KeyEnvelope> envelopes_;
  std::vector<Digest> leaves_;
  std::uint64_t reserved_ = 0;
  std::string part_path_;
  int file_ = -1;
};

/// Reads one object, each chunk checked against the address before it is handed out.
class ObjectReader {
 public:
  ~ObjectReader();
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  [[nodiscard]] const crypto::ObjectHeader& header() const { return header_; }

  /// Index of the chunk `next` returns.
  [[nodiscard]] std::uint64_t position() const { return position_; }

  [[nodiscard]] bool done() const { return position_ >= leaves_.size(); }

  /// The next ciphertext chunk. kCorrupt (and the object goes to quarantine) when it does not match
  /// the address; kIo. REQUIRES: !done().
  [[nodiscard]] Result<Bytes> next();

 private:
  friend class ObjectStore;
  ObjectReader(ObjectStore& store, const PayloadAddress& address, int file);

  ObjectStore& store_;
  PayloadAddress address_;
  int file_;
  crypto::ObjectHeader header_;
  std::vector<Digest> leaves_;
  std::uint64_t position_ = 0;
};

class ObjectStore {
 public:
  /// Opens or creates the store and drops what an interrupted upload left. kIo, kConfig when the
  /// directory is open to others. `sealer` and `random` outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<ObjectStore>> open(const StoreOptions& options,
                                                                 EnvelopeSealer& sealer,
                                                                 RandomSource& random);
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  /// Starts to receive an object of a patient's record. kTooLarge above max_object_bytes,
  /// kResourceExhausted when it would leave less than min_free_bytes, kInvalidArgument without an
  /// envelope for the custodian, kIo. The store outlives the writer.
  [[nodiscard]] Result<std::unique_ptr<ObjectWriter>> begin(const ObjectName& name,
                                                            const PatientId& patient,
                                                            const crypto::ObjectHeader& header,
                                                            std::vector<KeyEnvelope> envelopes);

  /// Opens an object at `first_chunk`, its header and leaf hashes verified against the address.
  /// kNotFound, kInvalidArgument for a chunk beyond the end, kCorrupt (quarantined), kIo.
  [[nodiscard]] Result<std::unique_ptr<ObjectReader>> read(const PayloadAddress& address,
                                                           std::uint64_t first_chunk = 0);

  /// Envelopes stored for a record of this patient. kNotFound when there are none or the patient's
  /// data key was destroyed, kCorrupt (another patient's, too), kIo.
  [[nodiscard]] Result<std::vector<KeyEnvelope>> envelopes(const ObjectName& name,
                                                           const PatientId& patient) const;

  /// The envelope for one use. Errors as envelopes().
  [[nodiscard]] Result<KeyEnvelope> envelope(const ObjectName& name,
                                             const PatientId& patient,
                                             WrapUse use) const;

  [[nodiscard]] bool contains(const PayloadAddress& address) const;

  /// Of everything stored that nobody has seen on the chain.
  [[nodiscard]] UploadNotes& uploads() { return uploads_; }

  /// Deletes envelopes first, then the object and the note of its upload; durable on return.
  /// Unknown objects are fine. kIo.
  [[nodiscard]] Status erase(const ObjectName& name);
  /// As above, by the name of the envelopes (ledger/payload_names.h); damaged copies put aside,
  /// too.
  [[nodiscard]] Status erase(const PayloadAddress& address, const Digest& envelopes);

  /// Erases what an upload left behind; false when it is gone, or the same was uploaded again since
  /// it was read. Errors as UploadNotes::read, kIo.
  [[nodiscard]] Result<bool> abandon(const Upload& upload);

  /// Moves a damaged object aside, out of reach of `read`, for the operator to look at.
  void quarantine(const PayloadAddress& address);

  struct Usage {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;  ///< of object files
    std::uint64_t quarantined = 0;
    std::uint64_t free_bytes = 0;  ///< on the file system, beyond min_free_bytes
  };

  /// Counts what is stored: walks the directory. kIo.
  [[nodiscard]] Result<Usage> usage() const;

 private:
  friend class ObjectWriter;
  ObjectStore(StoreOptions options, EnvelopeSealer& sealer, RandomSource& random);

  [[nodiscard]] Status reserve(std::uint64_t bytes);
  void release(std::uint64_t bytes);
  [[nodiscard]] std::string object_path(const PayloadAddress& address) const;
  [[nodiscard]] std::string envelope_path(const ObjectName& name) const;
  [[nodiscard]] std::string envelope_path(const Digest& name) const;
  [[nodiscard]] Status publish_upload(const ObjectWriter& writer, TimeMs now);
  /// Whether another record has the object of this name. kIo.
  [[nodiscard]] Result<bool> is_of_another(const ObjectName& name, const Digest& envelopes) const;
  /// REQUIRES: the address is locked.
  [[nodiscard]] Status erase_locked(const PayloadAddress& address, const Digest& envelopes);
  [[nodiscard]] std::mutex& lock_of(const PayloadAddress& address);
  [[nodiscard]] Status write_envelopes(const ObjectName& name,
                                       const PatientId& patient,
                                       const std::vector<KeyEnvelope>& envelopes);

  StoreOptions options_;
  EnvelopeSealer& sealer_;
  RandomSource& random_;
  UploadNotes uploads_;
  std::atomic<std::uint64_t> reserved_{0};
  /// By the first byte of an address: one object is stored or erased by one thread at a time.
  std::array<std::mutex, 16> locks_;
};

}  // namespace galen::payload
