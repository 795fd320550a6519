#include "storage/body_rows.h"

#include "base/check.h"

#include <utility>

namespace galen::storage {

namespace {

Bytes key_beside(const SubjectKeys& keys, const BodyPlace& at) {
  return link_body_key(keys.handle(), at.place, at.operation);
}

Result<Bytes> opened_under(const SubjectKeys& keys, BytesView key, BytesView sealed) {
  return keys.open(seal_context(Column::kBodies, key), sealed);
}

/// The row in the first patient's place, whose outer seal is open.
Result<StoredBody> open_inner(const SubjectKeys& second,
                              BytesView first_key,
                              const BodyPlace& at,
                              const LinkBodyRow& link) {
  GALEN_TRY(const Bytes plain, opened_under(second, first_key, link.sealed));
  GALEN_TRY(BodyRow row, decode_body_row(plain));
  return StoredBody{std::move(row), {to_bytes(first_key), key_beside(second, at)}};
}

}  // namespace

Handle handle_in(BytesView body_key) {
  CHECK(body_key.size() > Handle::kSize, "a key of a body");
  return Handle::from(body_key.first(Handle::kSize));
}

Result<std::optional<SealedBody>> find_body(const SubjectKeys& keys,
                                            const BodyPlace& at,
                                            const ReadBody& read) {
  for (Bytes key : {body_key(keys.handle(), at.place, at.operation), key_beside(keys, at)}) {
    GALEN_TRY(auto sealed, read(key));
    if (sealed) return std::optional<SealedBody>{{std::move(key), *std::move(sealed)}};
  }
  return std::optional<SealedBody>{};
}

Result<std::optional<StoredBody>> open_body(const Keyring& keyring,
                                            const SubjectKeys& keys,
                                            BytesView key,
                                            BytesView sealed,
                                            const ReadBody& read) {
  GALEN_TRY(const Bytes plain, opened_under(keys, key, sealed));
  if (!is_link_body_row(plain)) {
    GALEN_TRY(BodyRow row, decode_body_row(plain));
    return std::optional<StoredBody>{{std::move(row), {to_bytes(key)}}};
  }
  GALEN_TRY(const LinkBodyRow link, decode_link_body_row(plain));
  GALEN_TRY(const BodyPlace at, decode_body_key(key));
  GALEN_TRY(const SubjectKeysPtr other, keyring.find(link.other));
  if (!other) return std::optional<StoredBody>{};
  if (!link.sealed.empty()) {
    GALEN_TRY(StoredBody body, open_inner(*other, key, at, link));
    return std::optional<StoredBody>{std::move(body)};
  }
  const Bytes first_key = key_beside(*other, at);
  GALEN_TRY(const std::optional<Bytes> first, read(first_key));
  if (!first) return std::optional<StoredBody>{};
  GALEN_TRY(const Bytes outer, opened_under(*other, first_key, *first));
  GALEN_TRY(const LinkBodyRow there, decode_link_body_row(outer));
  if (there.other != keys.name() || there.sealed.empty()) {
    return fail(ErrorCode::kCorrupt, "the two rows of a link do not belong together");
  }
  GALEN_TRY(StoredBody body, open_inner(keys, first_key, at, there));
  return std::optional<StoredBody>{std::move(body)};
}

Status visit_bodies(const Store& store,
                    const SubjectKeys& keys,
                    const VisitBody& visit,
                    const rocksdb::Snapshot* snapshot) {
  const ReadBody read = [&](BytesView key) { return store.get(Column::kBodies, key, snapshot); };
  Status status;
  const auto open = [&](BytesView key, BytesView sealed) -> Status {
    GALEN_TRY(const auto body, open_body(*store.keyring, keys, key, sealed, read));
    if (!body) return {};
    GALEN_TRY(const ledger::Operation operation,
              ledger::decode_operation(body->row.body.operation));
    return visit(*body, operation);
  };
  GALEN_TRY_STATUS(store.ledger->scan(
      static_cast<std::size_t>(Column::kBodies),
      keys.handle(),
      [&](BytesView key, BytesView sealed) {
        status = open(key, sealed);
        return status.has_value();
      },
      snapshot));
  return status;
}

Status visit_links(const Store& store,
                   const SubjectKeys& keys,
                   const std::function<Status(BytesView key, const LinkBodyRow& row)>& visit,
                   const rocksdb::Snapshot* snapshot) {
  Status status;
  const auto open = [&](BytesView key, BytesView sealed) -> Status {
    GALEN_TRY(const Bytes plain, opened_under(keys, key, sealed));
    GALEN_TRY(const LinkBodyRow row, decode_link_body_row(plain));
    return visit(key, row);
  };
  GALEN_TRY_STATUS(store.ledger->scan(
      static_cast<std::size_t>(Column::kBodies),
      link_body_prefix(keys.handle()),
      [&](BytesView key, BytesView sealed) {
        status = open(key, sealed);
        return status.has_value();
      },
      snapshot));
  return status;
}

}  // namespace galen::storage
