// A directory of its own per test, a sealed object, and its names.
#pragma once

#include "base/hex.h"
#include "crypto/chunk_stream.h"
#include "crypto/keys.h"
#include "payload/object_store.h"
#include "support/memory_sealer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace galen::payload {

/// Removes the directory at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-payload-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }

  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline crypto::PrivateKey test_key(std::uint8_t number) {
  Bytes scalar(32, 0);
  scalar.back() = number;
  return *crypto::PrivateKey::from_scalar(scalar);
}

template <class Id>
Id filled(std::uint8_t byte) {
  Id id;
  id.value.fill(byte);
  return id;
}

struct SealedObject {
  ObjectName name;
  PatientId patient;
  crypto::ObjectHeader header;
  crypto::RecordKey key;
  std::vector<Bytes> chunks;
  std::vector<KeyEnvelope> envelopes;
};

/// First bytes of the ids of two patients the store has keys for.
constexpr std::uint8_t kAnn = 0xa1;
constexpr std::uint8_t kBob = 0xb2;

/// When uploads of these tests begin.
constexpr TimeMs kUploaded{1'700'000'000'000};

/// An object of `size` bytes in chunks of 4 KiB, with envelopes for custodian and patient.
inline SealedObject seal_object(std::size_t size,
                                std::uint8_t record = 2,
                                std::uint8_t patient = kAnn) {
  crypto::OsRandom random;
  SealedObject object;
  object.name = {filled<ChainId>(1), filled<RecordId>(record), {}};
  object.patient = filled<PatientId>(patient);
  object.key = random.next<crypto::RecordKey>();
  constexpr std::uint32_t kChunk = 4096;
  crypto::ChunkSealer sealer(
      object.key, object.name.chain, object.name.record, kChunk, size, random);
  object.header = sealer.header();
  for (std::uint64_t i = 0; i < object.header.chunk_count(); ++i) {
    const Bytes plain(object.header.ciphertext_size(i) - crypto::kAeadTagBytes,
                      static_cast<std::uint8_t>(i));
    object.chunks.push_back(sealer.seal(plain));
  }
  object.name.address = sealer.address();
  for (const auto use : {WrapUse::kCustodian, WrapUse::kPatient}) {
    const EnvelopeHolder holder{
        use, filled<AccountId>(3), test_key(static_cast<std::uint8_t>(use)).public_key()};
    object.envelopes.push_back(*seal_envelope(object.name, holder, object.key));
  }
  return object;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    for (const std::uint8_t patient : {kAnn, kBob}) sealer_.add(filled<PatientId>(patient));
    store_ = open();
  }

  std::unique_ptr<ObjectStore> open(std::uint64_t min_free = 0) {
    StoreOptions options;
    options.directory = path();
    options.min_free_bytes = min_free;
    auto store = ObjectStore::open(options, sealer_, random_);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  [[nodiscard]] std::string path() const { return directory_.path() + "/payload"; }

  Status put(const SealedObject& object) {
    GALEN_TRY(auto writer,
              store_->begin(object.name, object.patient, object.header, object.envelopes));
    for (const auto& chunk : object.chunks) GALEN_TRY_STATUS(writer->write(chunk));
    return writer->finish(kUploaded);
  }

  /// Every regular file below a part of the store.
  [[nodiscard]] std::vector<std::filesystem::path> files(const std::string& part) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path() + "/" + part)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }

  crypto::OsRandom random_;
  test::MemorySealer sealer_;
  TemporaryDirectory directory_;
  std::unique_ptr<ObjectStore> store_;
};

inline Bytes file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

inline void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

}  // namespace galen::payload
