#include "payload/object_store.h"

#include "crypto/digest.h"
#include "fixture.h"

#include <algorithm>
#include <sys/stat.h>

namespace galen::payload {
namespace {

constexpr std::size_t kTwoAndABit = 2 * 4096 + 10;

Result<std::vector<Bytes>> read_all(ObjectStore& store,
                                    const PayloadAddress& address,
                                    std::uint64_t first = 0) {
  GALEN_TRY(auto reader, store.read(address, first));
  std::vector<Bytes> chunks;
  while (!reader->done()) {
    GALEN_TRY(auto chunk, reader->next());
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

bool contains(const Bytes& haystack, BytesView needle) {
  return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) !=
         haystack.end();
}

TEST_F(StoreTest, GivesBackWhatWasPut) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, kTwoAndABit}) {
    const auto object = seal_object(size);
    ASSERT_TRUE(put(object));
    const auto chunks = read_all(*store_, object.name.address);
    ASSERT_TRUE(chunks) << chunks.error().message;
    EXPECT_EQ(*chunks, object.chunks);
    EXPECT_EQ(*store_->envelopes(object.name, object.patient), object.envelopes);
  }
}

TEST_F(StoreTest, ReadsFromAnyChunk) {
  const auto object = seal_object(kTwoAndABit);
  ASSERT_TRUE(put(object));
  const auto tail = read_all(*store_, object.name.address, 2);
  ASSERT_TRUE(tail);
  ASSERT_EQ(tail->size(), 1U);
  EXPECT_EQ(tail->front(), object.chunks.back());
  EXPECT_EQ(store_->read(object.name.address, 3).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(StoreTest, SurvivesReopening) {
  const auto object = seal_object(kTwoAndABit);
  ASSERT_TRUE(put(object));
  store_.reset();
  store_ = open();
  EXPECT_TRUE(store_->contains(object.name.address));
  EXPECT_EQ(store_->envelope(object.name, object.patient, WrapUse::kPatient)->holder_key,
            object.envelopes.back().holder_key);
}

TEST_F(StoreTest, StoringTwiceIsFine) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  EXPECT_TRUE(put(object));
  EXPECT_EQ(store_->usage()->objects, 1U);
}

TEST_F(StoreTest, UnknownObjectIsNotFound) {
  const auto object = seal_object(100);
  EXPECT_EQ(store_->read(object.name.address).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->envelopes(object.name, object.patient).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(store_->contains(object.name.address));
}

TEST_F(StoreTest, AnotherAddressIsRefusedAndLeavesNothing) {
  auto object = seal_object(kTwoAndABit);
  object.name.address.value[0] ^= 1U;
  const auto stored = put(object);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kUnauthenticated);
  EXPECT_TRUE(files("objects").empty());
  EXPECT_TRUE(files("incoming").empty());
}

TEST_F(StoreTest, ChangedChunkIsRefused) {
  auto object = seal_object(kTwoAndABit);
  object.chunks[1][5] ^= 1U;
  EXPECT_EQ(put(object).error().code, ErrorCode::kUnauthenticated);
  EXPECT_FALSE(store_->contains(object.name.address));
}

TEST_F(StoreTest, MissingSurplusAndMissizedChunksAreRefused) {
  const auto object = seal_object(kTwoAndABit);
  auto writer = *store_->begin(object.name, object.patient, object.header, object.envelopes);
  EXPECT_EQ(writer->write(object.chunks[2]).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(writer->write(object.chunks[0]));
  EXPECT_EQ(writer->finish(kUploaded).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(writer->write(object.chunks[1]));
  ASSERT_TRUE(writer->write(object.chunks[2]));
  EXPECT_EQ(writer->write(object.chunks[2]).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(StoreTest, InterruptedUploadLeavesNothing) {
  const auto object = seal_object(kTwoAndABit);
  {
    auto writer = *store_->begin(object.name, object.patient, object.header, object.envelopes);
    ASSERT_TRUE(writer->write(object.chunks[0]));
    EXPECT_EQ(files("incoming").size(), 1U);
  }
  EXPECT_TRUE(files("incoming").empty());
  EXPECT_TRUE(files("objects").empty());
}

TEST_F(StoreTest, LeftOversOfACrashAreDroppedAtOpening) {
  write_bytes(path() + "/incoming/crashed.part", Bytes(10, 7));
  store_.reset();
  store_ = open();
  EXPECT_TRUE(files("incoming").empty());
}

TEST_F(StoreTest, NeedsACustodiansEnvelope) {
  const auto object = seal_object(10);
  const auto begun =
      store_->begin(object.name, object.patient, object.header, {object.envelopes[1]});
  EXPECT_EQ(begun.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(StoreTest, EveryChangedByteOfAnObjectIsFoundAndQuarantined) {
  const auto object = seal_object(40);
  ASSERT_TRUE(put(object));
  const auto file = files("objects").front();
  const Bytes whole = file_bytes(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes changed = whole;
    changed[i] ^= 0x10U;
    write_bytes(file, changed);
    const auto chunks = read_all(*store_, object.name.address);
    ASSERT_FALSE(chunks) << "byte " << i;
    ASSERT_EQ(chunks.error().code, ErrorCode::kCorrupt) << "byte " << i;
    ASSERT_FALSE(store_->contains(object.name.address)) << "byte " << i;
  }
  EXPECT_EQ(store_->usage()->quarantined, whole.size());
}

TEST_F(StoreTest, TruncatedObjectIsFound) {
  const auto object = seal_object(kTwoAndABit);
  ASSERT_TRUE(put(object));
  const auto file = files("objects").front();
  Bytes bytes = file_bytes(file);
  bytes.resize(bytes.size() - 1);
  write_bytes(file, bytes);
  EXPECT_EQ(read_all(*store_, object.name.address).error().code, ErrorCode::kCorrupt);
}

TEST_F(StoreTest, DamagedChunkIsNotHandedOut) {
  const auto object = seal_object(kTwoAndABit);
  ASSERT_TRUE(put(object));
  auto reader = *store_->read(object.name.address);
  const auto file = files("objects").front();
  Bytes bytes = file_bytes(file);
  bytes[bytes.size() / 2] ^= 1U;  // in the second chunk
  write_bytes(file, bytes);
  EXPECT_TRUE(reader->next());
  EXPECT_EQ(reader->next().error().code, ErrorCode::kCorrupt);
}

TEST_F(StoreTest, DamagedEnvelopesAreFound) {
  const auto object = seal_object(10);
  ASSERT_TRUE(put(object));
  const auto file = files("envelopes").front();
  Bytes bytes = file_bytes(file);
  bytes.back() ^= 1U;
  write_bytes(file, bytes);
  EXPECT_EQ(store_->envelopes(object.name, object.patient).error().code, ErrorCode::kCorrupt);
}

TEST_F(StoreTest, EnvelopesGoWithTheirPatientsKey) {
  const auto ann = seal_object(100, 2, kAnn);
  const auto bob = seal_object(100, 3, kBob);
  ASSERT_TRUE(put(ann));
  ASSERT_TRUE(put(bob));
  sealer_.destroy(ann.patient);
  EXPECT_EQ(store_->envelopes(ann.name, ann.patient).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*store_->envelopes(bob.name, bob.patient), bob.envelopes);
  // Nor with a new key under the same id, or with another patient's.
  sealer_.add(ann.patient);
  EXPECT_EQ(store_->envelopes(ann.name, ann.patient).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(store_->envelopes(ann.name, bob.patient).error().code, ErrorCode::kCorrupt);
}

TEST_F(StoreTest, EnvelopesOfAnotherObjectDoNotPass) {
  const auto first = seal_object(100, 2);
  const auto second = seal_object(100, 3);
  ASSERT_TRUE(put(first));
  const Bytes bytes = file_bytes(files("envelopes").front());
  ASSERT_TRUE(put(second));
  for (const auto& file : files("envelopes")) write_bytes(file, bytes);
  EXPECT_TRUE(store_->envelopes(first.name, first.patient));
  EXPECT_EQ(store_->envelopes(second.name, second.patient).error().code, ErrorCode::kCorrupt);
}

TEST_F(StoreTest, APatientErasedDuringTheUploadGetsNoObject) {
  const auto object = seal_object(10);
  auto writer = *store_->begin(object.name, object.patient, object.header, object.envelopes);
  ASSERT_TRUE(writer->write(object.chunks[0]));
  sealer_.destroy(object.patient);
  EXPECT_EQ(writer->finish(kUploaded).error().code, ErrorCode::kNotFound);
  writer.reset();
  for (const char* part : {"objects", "envelopes", "incoming"}) EXPECT_TRUE(files(part).empty());
}

TEST_F(StoreTest, NoPatientOrRecordIdInNamesOrFiles) {
  const auto object = seal_object(100, 0xa7);
  ASSERT_TRUE(put(object));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
    for (const auto& [id, hex] :
         {std::pair<BytesView, std::string>{object.name.record, to_hex(object.name.record)},
          {object.patient, to_hex(object.patient)}}) {
      // A shortened id would be as bad.
      EXPECT_EQ(entry.path().string().find(hex.substr(0, 12)), std::string::npos) << entry.path();
      if (!entry.is_regular_file()) continue;
      EXPECT_FALSE(contains(file_bytes(entry.path()), id.first(8))) << entry.path();
      EXPECT_FALSE(contains(file_bytes(entry.path()), as_bytes(hex))) << entry.path();
    }
  }
}

TEST_F(StoreTest, EnvelopesHaveTheirFrozenName) {
  const auto object = seal_object(1);
  ASSERT_TRUE(put(object));
  crypto::Hasher hasher("envelopes-of");
  const Digest hashed =
      hasher.raw(object.name.chain).raw(object.name.record).raw(object.name.address).finish();
  EXPECT_EQ(files("envelopes").front().filename(), to_hex(hashed) + ".envelopes");
}

TEST_F(StoreTest, FilesAndDirectoriesAreClosedToOthers) {
  ASSERT_TRUE(put(seal_object(100)));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
    struct stat info {};

    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077U, 0U) << entry.path();
  }
}

TEST_F(StoreTest, DirectoryOpenToOthersIsRefused) {
  store_.reset();
  ASSERT_EQ(::chmod(path().c_str(), 0755), 0);
  StoreOptions options;
  options.directory = path();
  EXPECT_EQ(ObjectStore::open(options, sealer_, random_).error().code, ErrorCode::kConfig);
}

TEST_F(StoreTest, KeepsTheFreeSpaceItWasTold) {
  store_.reset();
  store_ = open(~std::uint64_t{0} / 2);
  EXPECT_EQ(put(seal_object(10)).error().code, ErrorCode::kResourceExhausted);
}

TEST_F(StoreTest, RefusesLargerObjectsThanItMayHold) {
  StoreOptions options;
  options.directory = path();
  options.max_object_bytes = 99;
  store_.reset();
  store_ = *ObjectStore::open(options, sealer_, random_);
  EXPECT_EQ(put(seal_object(100)).error().code, ErrorCode::kTooLarge);
}

TEST_F(StoreTest, ErasedObjectIsGoneWithItsEnvelopes) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  ASSERT_TRUE(store_->erase(object.name));
  EXPECT_TRUE(files("objects").empty());
  EXPECT_TRUE(files("envelopes").empty());
  EXPECT_TRUE(store_->erase(object.name));
}

}  // namespace
}  // namespace galen::payload
