// Prints, in hexadecimal, every byte string that a stopped node's data directory holds of one
// subject: key name, handle, the keyring's row with the data key, and the rows sealed under it.
// What an erasure has to make disappear; a test program, never installed. Usage: sealed-rows
// DATA_DIR SUBJECT clinical|audit Thread rule: one thread.
#include "base/hex.h"
#include "crypto/keys.h"
#include "ledger/erasure_operations.h"
#include "storage/keyring.h"
#include "storage/rocks.h"
#include "storage/rows.h"

#include <cstdio>
#include <filesystem>
#include <string>

namespace {

using namespace galen;           // NOLINT(google-build-using-namespace): the program's own file
using namespace galen::storage;  // NOLINT(google-build-using-namespace)

void show(const char* what, BytesView bytes) {
  std::printf("%s %s\n", what, to_hex(bytes).c_str());
}

Result<std::unique_ptr<Rocks>> open(const std::filesystem::path& path,
                                    std::vector<std::string> columns) {
  RocksSettings settings{path, std::move(columns), 1 << 20, 1 << 20, 1 << 20};
  settings.read_only = true;
  return Rocks::open(settings);
}

Status show_rows(const std::filesystem::path& data,
                 const SubjectPath& path,
                 Compartment compartment) {
  crypto::OsRandom random;
  SubjectKeysPtr keys;
  {
    GALEN_TRY(const auto keyring, Keyring::open_read_only(data / "keyring", random));
    GALEN_TRY(keys, keyring->find(keyring->name_of(path, compartment)));
  }
  if (!keys) return {};
  show("key-name", keys->name());
  show("handle", keys->handle());
  GALEN_TRY(const auto ring, open(data / "keyring", {}));
  Bytes row_key{'k'};
  row_key.insert(row_key.end(), keys->name().value.begin(), keys->name().value.end());
  GALEN_TRY(const auto key_row, ring->get(0, row_key));
  if (key_row) show("key-row", *key_row);
  GALEN_TRY(const auto ledger, open(data / "ledger", column_names()));
  for (const Column column : {Column::kSubjects, Column::kBodies}) {
    GALEN_TRY_STATUS(ledger->scan(
        static_cast<std::size_t>(column), keys->handle(), [](BytesView, BytesView value) {
          show("row", value);
          return true;
        }));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto wrong = [] {
    std::fprintf(stderr, "usage: sealed-rows DATA_DIR SUBJECT clinical|audit\n");
    return 2;
  };
  if (argc != 4) return wrong();
  const std::string compartment = argv[3];
  if (compartment != "clinical" && compartment != "audit") return wrong();
  const auto subject = fixed_from_hex<PatientId>(argv[2], "subject");
  if (!subject) return wrong();
  const Status shown =
      show_rows(argv[1],
                ledger::subject_path(*subject),
                compartment == "audit" ? Compartment::kAudit : Compartment::kClinical);
  if (!shown) std::fprintf(stderr, "sealed-rows: %s\n", shown.error().message.c_str());
  return shown ? 0 : 1;
}
