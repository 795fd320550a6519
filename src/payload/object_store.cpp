#include "payload/object_store.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/limits.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "ledger/payload_names.h"
#include "payload/file_access.h"
#include "payload/object_file.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <sys/statvfs.h>
#include <utility>

namespace galen::payload {

namespace {

constexpr std::size_t kMaxEnvelopes = 8;
constexpr std::size_t kMaxEnvelopeBytes = 512;
constexpr std::size_t kMaxEnvelopeFileBytes = 8 * 1024;

/// Objects and envelopes are spread over 256 directories by the first byte of their name.
std::string fanned(const std::string& directory, const std::string& name, std::string_view ending) {
  return directory + "/" + name.substr(0, 2) + "/" + name + std::string(ending);
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

/// Nothing in `incoming` was ever acknowledged.
Status drop_interrupted(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    std::filesystem::remove(entry.path(), error);
    if (error) return fail(ErrorCode::kIo, "cannot delete " + entry.path().string());
  }
  if (error) return fail(ErrorCode::kIo, "cannot list " + directory + ": " + error.message());
  return {};
}

Bytes encode_envelopes(const std::vector<KeyEnvelope>& envelopes) {
  codec::Writer writer;
  writer.tag("envelopes").u16(kEnvelopeVersion).count(envelopes.size());
  for (const auto& envelope : envelopes) writer.bytes(envelope.encode());
  return std::move(writer).take();
}

Result<std::vector<KeyEnvelope>> decode_envelopes(BytesView bytes) {
  codec::Reader reader(bytes, "stored envelopes");
  reader.tag("envelopes");
  if (reader.u16() != kEnvelopeVersion) reader.fail_with("unknown version");
  std::vector<KeyEnvelope> envelopes;
  for (std::size_t left = reader.count(kMaxEnvelopes); left > 0; --left) {
    GALEN_TRY(auto envelope, KeyEnvelope::decode(reader.bytes(kMaxEnvelopeBytes)));
    envelopes.push_back(std::move(envelope));
  }
  GALEN_TRY_STATUS(reader.finish());
  return envelopes;
}

Result<std::uint64_t> free_bytes(const std::string& directory) {
  struct statvfs info {};

  if (::statvfs(directory.c_str(), &info) != 0) {
    return io_failure("cannot ask for the free space of", directory);
  }
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

Bytes envelopes_context(const ObjectName& name) {
  return ledger::envelopes_context(name.chain, name.record, name.address);
}

}  // namespace

ObjectStore::ObjectStore(StoreOptions options, EnvelopeSealer& sealer, RandomSource& random)
    : options_(std::move(options)),
      sealer_(sealer),
      random_(random),
      uploads_(options_.directory + "/uploads", options_.directory + "/incoming", sealer) {}

Result<std::unique_ptr<ObjectStore>> ObjectStore::open(const StoreOptions& options,
                                                       EnvelopeSealer& sealer,
                                                       RandomSource& random) {
  GALEN_TRY_STATUS(make_private_directory(options.directory));
  for (const char* part : {"/objects", "/envelopes", "/uploads", "/incoming", "/quarantine"}) {
    GALEN_TRY_STATUS(make_private_directory(options.directory + part));
  }
  GALEN_TRY_STATUS(drop_interrupted(options.directory + "/incoming"));
  return std::unique_ptr<ObjectStore>(new ObjectStore(options, sealer, random));
}

std::string ObjectStore::object_path(const PayloadAddress& address) const {
  return fanned(options_.directory + "/objects", to_hex(address), ".object");
}

std::string ObjectStore::envelope_path(const ObjectName& name) const {
  return envelope_path(ledger::envelopes_name(name.chain, name.record, name.address));
}

std::string ObjectStore::envelope_path(const Digest& name) const {
  return fanned(options_.directory + "/envelopes", to_hex(name), ".envelopes");
}

Status ObjectStore::reserve(std::uint64_t bytes) {
  GALEN_TRY(const std::uint64_t available, free_bytes(options_.directory));
  const std::uint64_t reserved = reserved_.fetch_add(bytes) + bytes;
  if (available >= options_.min_free_bytes && available - options_.min_free_bytes >= reserved) {
    return {};
  }
  reserved_.fetch_sub(bytes);
  return fail(ErrorCode::kResourceExhausted, "payload store: no space left for this object");
}

void ObjectStore::release(std::uint64_t bytes) {
  reserved_.fetch_sub(bytes);
}

Result<std::unique_ptr<ObjectWriter>> ObjectStore::begin(const ObjectName& name,
                                                         const PatientId& patient,
                                                         const crypto::ObjectHeader& header,
                                                         std::vector<KeyEnvelope> envelopes) {
  if (header.plaintext_size > options_.max_object_bytes) {
    return fail(ErrorCode::kTooLarge, "payload: larger than this node accepts");
  }
  const bool has_custodian =
      std::any_of(envelopes.begin(), envelopes.end(), [](const KeyEnvelope& envelope) {
        return envelope.use == WrapUse::kCustodian;
      });
  if (!has_custodian) {
    return fail(ErrorCode::kInvalidArgument, "payload: no envelope for the custodian");
  }
  if (envelopes.size() > kMaxEnvelopes) {
    return fail(ErrorCode::kTooLarge, "payload: too many envelopes");
  }
  const std::uint64_t size = object_file_size(header);
  GALEN_TRY_STATUS(reserve(size));
  std::unique_ptr<ObjectWriter> writer(new ObjectWriter(*this, name, header));
  writer->patient_ = patient;
  writer->reserved_ = size;
  writer->envelopes_ = std::move(envelopes);
  GALEN_TRY(File file, create_file(writer->part_path_));
  writer->file_ = file.take();
  GALEN_TRY_STATUS(write_all(writer->file_, object_file_start(header), writer->part_path_));
  return writer;
}

ObjectWriter::ObjectWriter(ObjectStore& store,
                           const ObjectName& name,
                           const crypto::ObjectHeader& header)
    : store_(store), name_(name), header_(header) {
  const auto attempt = store.random_.next<Random32>();
  part_path_ = store.options_.directory + "/incoming/" + to_hex(attempt) + ".part";
}

ObjectWriter::~ObjectWriter() {
  if (file_ >= 0) {
    const File close_it(file_);
    std::remove(part_path_.c_str());
  }
  store_.release(reserved_);
}

Status ObjectWriter::write(BytesView chunk) {
  const std::uint64_t index = leaves_.size();
  if (index >= header_.chunk_count()) {
    return fail(ErrorCode::kInvalidArgument, "payload: more chunks than its header says");
  }
  if (chunk.size() != header_.ciphertext_size(index)) {
    return fail(ErrorCode::kInvalidArgument,
                "payload: chunk " + std::to_string(index) + " has the wrong size");
  }
  leaves_.push_back(crypto::object_leaf(index, chunk));
  return write_all(file_, chunk, part_path_);
}

Status ObjectWriter::finish(TimeMs now) {
  if (leaves_.size() != header_.chunk_count()) {
    return fail(ErrorCode::kInvalidArgument, "payload: chunks are missing");
  }
  if (crypto::object_address(header_, leaves_) != name_.address) {
    return fail(ErrorCode::kUnauthenticated, "payload: the chunks have another address");
  }
  Bytes packed;
  packed.reserve(leaves_.size() * Digest::kSize);
  for (const auto& leaf : leaves_)
    packed.insert(packed.end(), leaf.value.begin(), leaf.value.end());
  GALEN_TRY_STATUS(write_all(file_, packed, part_path_));
  GALEN_TRY_STATUS(sync_file(file_, part_path_));
  GALEN_TRY_STATUS(store_.publish_upload(*this, now));
  const File close_it(std::exchange(file_, -1));
  return {};
}

std::mutex& ObjectStore::lock_of(const PayloadAddress& address) {
  return locks_.at(address.value.front() % locks_.size());
}

/// Its envelopes or its note show that it is this record's.
Result<bool> ObjectStore::is_of_another(const ObjectName& name, const Digest& envelopes) const {
  GALEN_TRY(const bool stored, file_exists(object_path(name.address)));
  if (!stored) return false;
  GALEN_TRY(const bool has_envelopes, file_exists(envelope_path(envelopes)));
  if (has_envelopes) return false;
  const auto note = uploads_.read(envelopes);
  return !note && note.error().code == ErrorCode::kNotFound;
}

/// Whoever drops what one record left behind must not take the object of another with it.
Status ObjectStore::publish_upload(const ObjectWriter& writer, TimeMs now) {
  const ObjectName& name = writer.name_;
  const Digest envelopes = ledger::envelopes_name(name.chain, name.record, name.address);
  const std::lock_guard lock(lock_of(name.address));
  GALEN_TRY(const bool is_taken, is_of_another(name, envelopes));
  if (is_taken) return fail(ErrorCode::kAlreadyExists, "payload: another record has this object");
  // The note first: what there is is known of. Then the envelopes: an object that is visible can be
  // released.
  const Upload upload{name.address, envelopes, now, Upload::Owner{writer.patient_, name.record}};
  GALEN_TRY_STATUS(uploads_.write(upload, random_));
  GALEN_TRY_STATUS(write_envelopes(name, writer.patient_, writer.envelopes_));
  const std::string path = object_path(name.address);
  GALEN_TRY_STATUS(make_private_directory(parent_of(path)));
  return publish(writer.part_path_, path);
}

Status ObjectStore::write_envelopes(const ObjectName& name,
                                    const PatientId& patient,
                                    const std::vector<KeyEnvelope>& envelopes) {
  GALEN_TRY(const Bytes sealed,
            sealer_.seal(patient, envelopes_context(name), encode_envelopes(envelopes)));
  const std::string path = envelope_path(name);
  GALEN_TRY_STATUS(make_private_directory(parent_of(path)));
  const auto attempt = random_.next<Random32>();
  return write_file(path, options_.directory + "/incoming/" + to_hex(attempt) + ".part", sealed);
}

Result<std::vector<KeyEnvelope>> ObjectStore::envelopes(const ObjectName& name,
                                                        const PatientId& patient) const {
  GALEN_TRY(const Bytes sealed, read_file(envelope_path(name), kMaxEnvelopeFileBytes));
  const auto plain = sealer_.unseal(patient, envelopes_context(name), sealed);
  if (!plain) return fail_in("stored envelopes", plain.error());
  return decode_envelopes(*plain);
}

Result<KeyEnvelope> ObjectStore::envelope(const ObjectName& name,
                                          const PatientId& patient,
                                          WrapUse use) const {
  GALEN_TRY(auto all, envelopes(name, patient));
  for (auto& candidate : all) {
    if (candidate.use == use) return std::move(candidate);
  }
  return fail(ErrorCode::kNotFound, "not found");
}

bool ObjectStore::contains(const PayloadAddress& address) const {
  return open_file(object_path(address)).has_value();
}

Result<std::unique_ptr<ObjectReader>> ObjectStore::read(const PayloadAddress& address,
                                                        std::uint64_t first_chunk) {
  GALEN_TRY(File file, open_file(object_path(address)));
  auto index = read_object_index(file.get(), address);
  if (!index) {
    if (index.error().code == ErrorCode::kCorrupt) quarantine(address);
    return tl::unexpected(index.error());
  }
  if (first_chunk >= index->header.chunk_count()) {
    return fail(ErrorCode::kInvalidArgument, "payload: the object has no such chunk");
  }
  std::unique_ptr<ObjectReader> reader(new ObjectReader(*this, address, file.take()));
  reader->header_ = index->header;
  reader->leaves_ = std::move(index->leaves);
  reader->position_ = first_chunk;
  return reader;
}

ObjectReader::ObjectReader(ObjectStore& store, const PayloadAddress& address, int file)
    : store_(store), address_(address), file_(file) {}

ObjectReader::~ObjectReader() {
  const File close_it(file_);
}

Result<Bytes> ObjectReader::next() {
  CHECK(!done(), "a chunk is left to read");
  const std::size_t size = header_.ciphertext_size(position_);
  auto chunk = read_exactly(file_, chunk_offset(header_, position_), size);
  const auto at = static_cast<std::size_t>(position_);
  if (chunk && crypto::object_leaf(position_, *chunk) != leaves_[at]) {
    chunk = fail(ErrorCode::kCorrupt,
                 "stored object: chunk " + std::to_string(position_) + " is damaged");
  }
  if (!chunk) {
    if (chunk.error().code == ErrorCode::kCorrupt) store_.quarantine(address_);
    return chunk;
  }
  ++position_;
  return chunk;
}

void ObjectStore::quarantine(const PayloadAddress& address) {
  const auto attempt = random_.next<Random32>();
  const std::string to =
      options_.directory + "/quarantine/" + to_hex(address) + "." + to_hex(attempt).substr(0, 8);
  // When it cannot be moved it stays, and every read finds the damage again.
  static_cast<void>(publish(object_path(address), to));
}

Status ObjectStore::erase(const ObjectName& name) {
  return erase(name.address, ledger::envelopes_name(name.chain, name.record, name.address));
}

Status ObjectStore::erase(const PayloadAddress& address, const Digest& envelopes) {
  const std::lock_guard lock(lock_of(address));
  return erase_locked(address, envelopes);
}

Status ObjectStore::erase_locked(const PayloadAddress& address, const Digest& envelopes) {
  GALEN_TRY_STATUS(remove_file(envelope_path(envelopes)));
  GALEN_TRY_STATUS(remove_file(object_path(address)));
  const std::string name = to_hex(address);
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(options_.directory + "/quarantine", error)) {
    if (entry.path().filename().string().starts_with(name)) {
      GALEN_TRY_STATUS(remove_file(entry.path().string()));
    }
  }
  if (error) return fail(ErrorCode::kIo, "payload store: quarantine: " + error.message());
  return uploads_.remove(envelopes);
}

Result<bool> ObjectStore::abandon(const Upload& upload) {
  const std::lock_guard lock(lock_of(upload.address));
  const auto present = uploads_.read(upload.envelopes);
  if (!present && present.error().code == ErrorCode::kNotFound) return false;
  if (!present) return tl::unexpected(present.error());
  if (present->since != upload.since || present->address != upload.address) return false;
  GALEN_TRY_STATUS(erase_locked(upload.address, upload.envelopes));
  return true;
}

Result<ObjectStore::Usage> ObjectStore::usage() const {
  Usage usage;
  try {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(options_.directory + "/objects")) {
      if (!entry.is_regular_file()) continue;
      ++usage.objects;
      usage.bytes += entry.file_size();
    }
    for (const auto& entry : fs::directory_iterator(options_.directory + "/quarantine")) {
      if (entry.is_regular_file()) ++usage.quarantined;
    }
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo, std::string("payload store: ") + error.what());
  }
  GALEN_TRY(const std::uint64_t available, free_bytes(options_.directory));
  usage.free_bytes = available > options_.min_free_bytes ? available - options_.min_free_bytes : 0;
  return usage;
}

}  // namespace galen::payload
