#include "storage/keyring.h"

#include "codec/codec.h"
#include "crypto/digest.h"
#include "ledger/erasure_operations.h"

#include <utility>

namespace galen::storage {

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kColumn = 0;
constexpr std::size_t kCachedKeys = 20'000;  ///< per generation
constexpr std::size_t kCacheBytes = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kBufferBytes = std::size_t{4} * 1024 * 1024;

Bytes identity_row_key() {
  return Bytes{'i'};
}

Bytes row_key(const KeyName& name) {
  codec::Writer w(1 + KeyName::kSize);
  w.u8('k').raw(name);
  return std::move(w).take();
}

Bytes destroyed_row_key(const KeyName& name) {
  codec::Writer w(1 + KeyNote::kSize);
  w.u8('d').raw(Keyring::note_of(name));
  return std::move(w).take();
}

/// There from the first destroyed key on until a compaction has ended.
Bytes compaction_due_row_key() {
  return Bytes{'c'};
}

Bytes encode_row(const Handle& handle, const DataKey& data_key) {
  codec::Writer w(2 + Handle::kSize + DataKey::kSize);
  w.u16(kVersion).raw(handle).raw(data_key);
  return std::move(w).take();
}

Result<SubjectKeysPtr> decode_row(const KeyName& name, BytesView row) {
  codec::Reader r(row, "keyring row");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  const auto handle = r.fixed<Handle>();
  auto data_key = r.fixed<DataKey>();
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  auto keys = std::make_shared<const SubjectKeys>(name, handle, data_key);
  crypto::cleanse(data_key.value);
  return keys;
}

}  // namespace

Keyring::Keyring(std::unique_ptr<Rocks> rocks, RandomSource& random)
    : rocks_(std::move(rocks)), random_(random) {}

Keyring::~Keyring() {
  crypto::cleanse(secret_.value);
}

Result<std::unique_ptr<Keyring>> Keyring::open(const std::filesystem::path& path,
                                               RandomSource& random) {
  const RocksSettings settings{path, {}, kCacheBytes, kBufferBytes, kBufferBytes};
  GALEN_TRY(auto rocks, Rocks::open(settings));
  std::unique_ptr<Keyring> keyring(new Keyring(std::move(rocks), random));
  GALEN_TRY(const bool known, keyring->load_identity());
  if (!known) GALEN_TRY_STATUS(keyring->make_identity());
  return keyring;
}

Result<std::unique_ptr<Keyring>> Keyring::open_read_only(const std::filesystem::path& path,
                                                         RandomSource& random) {
  RocksSettings settings{path, {}, kCacheBytes, kBufferBytes, kBufferBytes};
  settings.read_only = true;
  GALEN_TRY(auto rocks, Rocks::open(settings));
  std::unique_ptr<Keyring> keyring(new Keyring(std::move(rocks), random));
  GALEN_TRY(const bool known, keyring->load_identity());
  if (!known) return fail(ErrorCode::kCorrupt, path.string() + ": holds no keyring id");
  return keyring;
}

Result<bool> Keyring::load_identity() {
  GALEN_TRY(const std::optional<Bytes> stored, rocks_->get(kColumn, identity_row_key()));
  if (!stored) return false;
  codec::Reader r(*stored, "keyring identity");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  id_ = r.fixed<KeyringId>();
  secret_ = r.fixed<NodeSecret>();
  made_ = r.u64();
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  return true;
}

Status Keyring::make_identity() {
  id_ = random_.next<KeyringId>();
  secret_ = random_.next<NodeSecret>();
  return write_identity();
}

Bytes Keyring::identity_row(std::uint64_t made) const {
  codec::Writer w;
  w.u16(kVersion).raw(id_).raw(secret_).u64(made);
  return std::move(w).take();
}

Status Keyring::write_identity() {
  Batch batch(*rocks_);
  batch.put(kColumn, identity_row_key(), identity_row(made_));
  return rocks_->write(batch);
}

std::uint64_t Keyring::made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

KeyName Keyring::name_of(const SubjectRef& subject) const {
  return name_of(ledger::subject_path(subject.subject), subject.compartment);
}

KeyName Keyring::name_of(const SubjectPath& subject, Compartment compartment) const {
  codec::Writer w(1 + SubjectPath::kSize);
  w.enumeration(compartment).raw(subject);
  const Digest mac = crypto::hmac_sha256(secret_, w.view());
  return KeyName::from(mac.view().first(KeyName::kSize));
}

void Keyring::remember(const SubjectKeysPtr& keys) const {
  if (young_.size() >= kCachedKeys) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_[keys->name()] = keys;
}

Result<SubjectKeysPtr> Keyring::read(const KeyName& name) const {
  if (const auto found = young_.find(name); found != young_.end()) return found->second;
  if (const auto found = old_.find(name); found != old_.end()) {
    const SubjectKeysPtr keys = found->second;
    remember(keys);
    return keys;
  }
  GALEN_TRY(const std::optional<Bytes> row, rocks_->get(kColumn, row_key(name)));
  if (!row) return SubjectKeysPtr{};
  GALEN_TRY(const SubjectKeysPtr keys, decode_row(name, *row));
  remember(keys);
  return keys;
}

Result<SubjectKeysPtr> Keyring::find(const SubjectRef& subject) const {
  return find_visible(name_of(subject));
}

Result<SubjectKeysPtr> Keyring::find_visible(const KeyName& name) const {
  const std::lock_guard lock(mutex_);
  if (concealed_.contains(name)) return SubjectKeysPtr{};
  return read(name);
}

Result<SubjectKeysPtr> Keyring::find_visible(const KeyName& name, std::uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  const auto concealed = concealed_.find(name);
  if (concealed != concealed_.end() && sequence >= concealed->second) return SubjectKeysPtr{};
  return read(name);
}

Result<SubjectKeysPtr> Keyring::find(const KeyName& name) const {
  const std::lock_guard lock(mutex_);
  return read(name);
}

Status Keyring::each(const std::function<Status(const SubjectKeysPtr&)>& visit) const {
  const Bytes prefix{'k'};
  Status visited;
  const auto take = [&](BytesView key, BytesView row) -> Status {
    if (key.size() != prefix.size() + KeyName::kSize) {
      return fail(ErrorCode::kCorrupt, "keyring: a row of another shape");
    }
    GALEN_TRY(const SubjectKeysPtr keys,
              decode_row(KeyName::from(key.subspan(prefix.size())), row));
    return visit(keys);
  };
  GALEN_TRY_STATUS(rocks_->scan(kColumn, prefix, [&](BytesView key, BytesView row) {
    visited = take(key, row);
    return visited.has_value();
  }));
  return visited;
}

Result<std::vector<SubjectKeysPtr>> Keyring::ensure(const std::vector<SubjectRef>& subjects) {
  const std::lock_guard lock(mutex_);
  std::vector<SubjectKeysPtr> result;
  result.reserve(subjects.size());
  std::map<KeyName, SubjectKeysPtr> made;
  Batch batch(*rocks_);
  for (const SubjectRef& subject : subjects) {
    const KeyName name = name_of(subject);
    GALEN_TRY(SubjectKeysPtr keys, read(name));
    if (!keys) {
      SubjectKeysPtr& fresh = made[name];
      if (!fresh) {
        const auto handle = random_.next<Handle>();
        auto data_key = random_.next<DataKey>();
        batch.put(kColumn, row_key(name), encode_row(handle, data_key));
        fresh = std::make_shared<const SubjectKeys>(name, handle, data_key);
        crypto::cleanse(data_key.value);
      }
      keys = fresh;
    }
    result.push_back(std::move(keys));
  }
  if (made.empty()) return result;
  batch.put(kColumn, identity_row_key(), identity_row(made_ + made.size()));
  GALEN_TRY_STATUS(rocks_->write(batch));
  made_ += made.size();
  for (const auto& [name, keys] : made) remember(keys);
  return result;
}

Result<bool> Keyring::destroy(const KeyName& name) {
  const std::lock_guard lock(mutex_);
  GALEN_TRY(const std::optional<Bytes> row, rocks_->get(kColumn, row_key(name)));
  young_.erase(name);
  old_.erase(name);
  if (!row) return false;
  Batch batch(*rocks_);
  batch.remove(kColumn, row_key(name));
  batch.put(kColumn, destroyed_row_key(name), Bytes{});
  // With the deletion: whoever comes after a power cut would find nothing to destroy any more.
  batch.put(kColumn, compaction_due_row_key(), Bytes{});
  GALEN_TRY_STATUS(rocks_->write(batch));
  ++destructions_;
  return true;
}

Result<bool> Keyring::was_destroyed(const KeyName& name) const {
  {
    const std::lock_guard lock(mutex_);
    if (concealed_.contains(name)) return true;
  }
  GALEN_TRY(const auto row, rocks_->get(kColumn, destroyed_row_key(name)));
  return row.has_value();
}

KeyNote Keyring::note_of(const KeyName& name) {
  return KeyNote::from(crypto::tagged("destroyed-key", name).view().first(KeyNote::kSize));
}

Result<std::set<KeyNote>> Keyring::destroyed() const {
  std::set<KeyNote> notes;
  const Bytes prefix{'d'};
  bool fits = true;
  GALEN_TRY_STATUS(rocks_->scan(kColumn, prefix, [&](BytesView key, BytesView) {
    fits = key.size() == prefix.size() + KeyNote::kSize;
    if (fits) notes.insert(KeyNote::from(key.subspan(prefix.size())));
    return fits;
  }));
  if (!fits) return fail(ErrorCode::kCorrupt, "keyring: a row of another shape");
  return notes;
}

void Keyring::conceal(const KeyName& name, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  concealed_.emplace(name, sequence);
}

Result<bool> Keyring::needs_compaction() const {
  GALEN_TRY(const std::optional<Bytes> row, rocks_->get(kColumn, compaction_due_row_key()));
  return row.has_value();
}

Status Keyring::note_compacted(std::uint64_t destructions) {
  const std::lock_guard lock(mutex_);
  if (destructions_ != destructions) return {};  // one came meanwhile, for the next compaction
  Batch batch(*rocks_);
  batch.remove(kColumn, compaction_due_row_key());
  return rocks_->write(batch);
}

Status Keyring::compact() {
  std::uint64_t destructions = 0;
  {
    const std::lock_guard lock(mutex_);
    destructions = destructions_;
  }
  GALEN_TRY_STATUS(rocks_->flush());
  GALEN_TRY(const auto before, rocks_->tables());
  GALEN_TRY_STATUS(rocks_->compact(kColumn, {}));
  rocks_->drop_caches();
  // A manifest begins with the tables of before the change that began it: one change more, and no
  // name of a destroyed key is in it.
  {
    const std::lock_guard lock(mutex_);
    GALEN_TRY_STATUS(write_identity());
  }
  GALEN_TRY_STATUS(rocks_->flush());
  GALEN_TRY_STATUS(rocks_->require_gone(before));
  return note_compacted(destructions);
}

}  // namespace galen::storage
