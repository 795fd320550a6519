// How long a node needs to forget a patient with thousands of entries in a store of gigabytes
// (docs/performance.md, "Erasure"). Fills one store, copies it for the other nodes, gives all the
// same order at once, and measures what each does: the order's block, the keys, the bytes.
//
//   erasure-bench --directory D [--gigabytes 10] [--entries 10000] [--stores 4]
//
// Prints one JSON object. D must not exist; it is removed at the end. Takes stores x gigabytes of
// disk.
#include "base/check.h"
#include "chain_fixture.h"
#include "ledger/erasure_entries.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace galen::storage {
namespace {

constexpr std::uint32_t kPatient = 1;
constexpr std::uint32_t kOthers = 5000;
constexpr std::size_t kPerBlock = 1000;
constexpr TimeMs kNow{77};

struct Asked {
  std::filesystem::path directory;
  std::uint64_t gigabytes = 10;
  std::uint32_t entries = 10'000;
  std::size_t stores = 4;
};

struct Measured {
  double block_ms = 0;
  double keys_s = 0;
  double bytes_s = 0;
  std::uint64_t operations = 0;
};

[[noreturn]] void stop(const std::string& what) {
  std::fprintf(stderr, "erasure-bench: %s\n", what.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error().message);
  return *std::move(result);
}

void must(const Status& status) {
  if (!status) stop(status.error().message);
}

template <class Call>
double seconds(Call&& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::uint64_t bytes_in(const std::filesystem::path& directory) {
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::error_code gone;  // files come and go under compaction
    const auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    if (!gone) total += size;
  }
  return total;
}

/// Blocks of the patient's records among thousands of others', until the store is as large as
/// asked. The others' go on until then, so that his lie in every file.
void fill(const Asked& asked,
          TestChain& chain,
          Database& database,
          const std::filesystem::path& path) {
  const std::uint64_t wanted = asked.gigabytes << 30U;
  std::uint64_t size = 0;
  std::uint32_t own = 0;
  std::uint32_t number = 1'000'000;
  for (std::uint64_t round = 0; size < wanted || own < asked.entries; ++round) {
    std::vector<ledger::DecodedTransactionPtr> transactions;
    const auto due = static_cast<std::uint32_t>(
        wanted == 0 ? asked.entries
                    : std::min<std::uint64_t>(asked.entries,
                                              asked.entries * size / wanted + kPerBlock / 10));
    while (own < due && transactions.size() < kPerBlock / 2) {
      transactions.push_back(chain.grant(kPatient, own++));
    }
    while (transactions.size() < kPerBlock) {
      transactions.push_back(chain.grant(2 + number % kOthers, number));
      ++number;
    }
    must(database.apply(chain.block(database, std::move(transactions)).batch(0)));
    if (round % 50 != 0) continue;
    size = bytes_in(path);
    std::fprintf(stderr,
                 "\r%.2f GiB, %u entries of the patient",
                 static_cast<double>(size) / (1U << 30U),
                 own);
  }
  std::fputc('\n', stderr);
}

Measured forget(TestChain& chain, Database& database, const ledger::DecodedTransactionPtr& order) {
  Measured measured;
  const TestBlock block = chain.block(database, {order});
  measured.block_ms = 1000 * seconds([&] { must(database.apply(block.batch(0))); });
  const OrderId id{order->id, 0};
  measured.keys_s = seconds([&] { must(database.erase_keys(id, at(kNow))); });
  measured.bytes_s = seconds([&] { must(database.erase_bytes(id, at(kNow))); });
  measured.operations = must(database.erasures()).at(id).operations;
  return measured;
}

void print(const Asked& asked, std::uint64_t bytes, const std::vector<Measured>& nodes) {
  std::printf("{\"store_bytes\": %llu, \"entries\": %u, \"nodes\": [",
              static_cast<unsigned long long>(bytes),
              asked.entries);
  const char* separator = "";
  for (const Measured& node : nodes) {
    std::printf("%s{\"block_ms\": %.1f, \"keys_s\": %.2f, \"bytes_s\": %.2f, \"operations\": %llu}",
                separator,
                node.block_ms,
                node.keys_s,
                node.bytes_s,
                static_cast<unsigned long long>(node.operations));
    separator = ", ";
  }
  std::printf("]}\n");
}

void run(const Asked& asked) {
  std::error_code error;
  if (std::filesystem::exists(asked.directory)) stop(asked.directory.string() + " exists");
  std::filesystem::create_directories(asked.directory, error);
  if (error) stop("cannot make " + asked.directory.string() + ": " + error.message());
  TestChain chain;
  const auto store = [&](std::size_t n) { return asked.directory / std::to_string(n + 1); };
  {
    auto first = must(Database::open(test_options(store(0)), chain.genesis()));
    fill(asked, chain, *first, store(0));
  }
  for (std::size_t n = 1; n < asked.stores; ++n) {
    std::filesystem::copy(store(0), store(n), std::filesystem::copy_options::recursive);
  }
  const std::uint64_t bytes = bytes_in(store(0));
  const auto order = chain.erase_patient(kPatient, ledger::ErasureScope::kPatient);
  std::vector<std::unique_ptr<Database>> databases;
  for (std::size_t n = 0; n < asked.stores; ++n) {
    databases.push_back(must(Database::open(test_options(store(n)), chain.genesis())));
  }
  std::vector<Measured> measured(asked.stores);
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < asked.stores; ++n) {
    threads.emplace_back([&, n] { measured[n] = forget(chain, *databases[n], order); });
  }
  for (std::thread& thread : threads) thread.join();
  print(asked, bytes, measured);
  databases.clear();
  std::filesystem::remove_all(asked.directory, error);
}

}  // namespace
}  // namespace galen::storage

int main(int argc, char** argv) {
  galen::storage::Asked asked;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    char* end = nullptr;
    const unsigned long long number = std::strtoull(argv[i + 1], &end, 10);
    if (name == "--directory") {
      asked.directory = argv[i + 1];
    } else if (*end != '\0' || number > 1'000'000) {
      galen::storage::stop(std::string(name) + ": not a number up to 1000000");
    } else if (name == "--gigabytes") {
      asked.gigabytes = number;
    } else if (name == "--entries") {
      asked.entries = static_cast<std::uint32_t>(number);
    } else if (name == "--stores") {
      asked.stores = number;
    } else {
      galen::storage::stop("unknown argument " + std::string(name));
    }
  }
  if (argc % 2 == 0 || asked.directory.empty() || asked.stores == 0) {
    std::fputs(
        "usage: erasure-bench --directory D [--gigabytes 10] [--entries 10000] [--stores 4]\n",
        stderr);
    return 2;
  }
  galen::storage::run(asked);
  return 0;
}
