// Everything a data directory holds, opened together and closed together. Shared by the database
// and its snapshots, so that none of it closes under a reader. Thread rule: as its parts; `fatal`
// from any thread.
#pragma once

#include "base/ids.h"
#include "crypto/keys.h"
#include "storage/data_directory.h"
#include "storage/keyring.h"
#include "storage/rocks.h"
#include "storage/rows.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace galen::storage {

/// Exit code of a process whose storage cannot answer (EX_IOERR of sysexits).
inline constexpr int kStorageFailureExitCode = 74;

struct Store {
  Store(DataDirectory dir,
        const ChainId& chain_id,
        std::function<void(std::string_view)> fatal_hook)
      : directory(std::move(dir)), chain(chain_id), on_fatal(std::move(fatal_hook)) {}

  crypto::OsRandom random;
  DataDirectory directory;  ///< first in, last out: the lock outlives the databases
  ChainId chain;
  std::function<void(std::string_view)> on_fatal;
  std::unique_ptr<Keyring> keyring;  ///< never null after opening
  std::unique_ptr<Rocks> ledger;     ///< never null after opening

  /// Reports and ends the process at once, without unwinding: execution has no error path (DUR-5).
  [[noreturn]] void fatal(const std::string& what) const;

  [[nodiscard]] Result<std::optional<Bytes>> get(
      Column column, BytesView key, const rocksdb::Snapshot* snapshot = nullptr) const {
    return ledger->get(static_cast<std::size_t>(column), key, snapshot);
  }
};

}  // namespace galen::storage
