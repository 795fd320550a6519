// Runs a fuzz target without libFuzzer: its seeds and a fixed number of mutations of them, the same
// ones every time.
//   fuzz_<target> [RUNS]            default 20000
//   fuzz_<target> --seeds DIR       writes the seeds as files, for libFuzzer
//   fuzz_<target> --replay FILE...  runs the files once
#include "fuzz/target.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <unistd.h>

namespace {

using galen::Bytes;

constexpr std::size_t kMaxInputBytes = 1 << 16;

class Mutator {
 public:
  explicit Mutator(const std::vector<Bytes>& pool) : pool_(pool) {}

  Bytes next() {
    Bytes input = pool_[below(pool_.size())];
    for (std::size_t i = 1 + below(4); i > 0; --i) mutate(input);
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return rng_() % bound; }

  auto at(Bytes& input, std::size_t index) {
    return input.begin() + static_cast<std::ptrdiff_t>(index);
  }

  void mutate(Bytes& input) {
    if (input.empty()) input.push_back(0);
    const std::size_t place = below(input.size());
    const auto random = static_cast<std::uint8_t>(rng_());
    switch (below(7)) {
      case 0: input[place] ^= static_cast<std::uint8_t>(1U << below(8)); break;
      case 1: input[place] = random; break;
      case 2: input[place] = static_cast<std::uint8_t>(random % 2 == 0 ? 0xff : 0); break;
      case 3: input.resize(place); break;
      case 4: input.insert(at(input, place), 1 + below(8), random); break;
      case 5:
        input.erase(at(input, place), at(input, std::min(place + 1 + below(8), input.size())));
        break;
      default: {
        const Bytes& other = pool_[below(pool_.size())];
        const std::size_t from = below(other.size() + 1);
        input.resize(place);
        input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
      }
    }
  }

  const std::vector<Bytes>& pool_;
  std::mt19937_64 rng_{1};
};

const Bytes* current = nullptr;

/// A property that is broken ends in abort(): its input stays, to be replayed.
void keep_current(int) {
  const std::string name = "galen-fuzz-" + std::to_string(::getpid()) + ".crash";
  const auto path = std::filesystem::temp_directory_path() / name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(current->data()),
             static_cast<std::streamsize>(current->size()));
  std::cerr << "the input is in " << path << "; see it again with --replay\n";
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

void run(const Bytes& input) {
  current = &input;
  std::signal(SIGABRT, keep_current);
  if (LLVMFuzzerTestOneInput(input.data(), input.size()) != 0) std::abort();
}

void write_seeds(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  std::size_t number = 0;
  for (const Bytes& seed : galen::fuzz::seeds()) {
    std::ofstream(directory / ("seed-" + std::to_string(number++)), std::ios::binary)
        .write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  }
}

void replay(const char* path) {
  std::ifstream file(path, std::ios::binary);
  run(Bytes(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--seeds") {
    write_seeds(arguments[1]);
    return 0;
  }
  if (arguments.size() >= 2 && arguments[0] == "--replay") {
    for (int i = 2; i < argc; ++i) replay(argv[i]);
    return 0;
  }
  const std::size_t runs =
      arguments.empty() ? 20'000 : std::strtoull(arguments[0].c_str(), nullptr, 10);
  const std::vector<Bytes> pool = galen::fuzz::seeds();
  for (const Bytes& seed : pool) run(seed);
  Mutator mutator(pool);
  for (std::size_t i = 0; i < runs; ++i) run(mutator.next());
  std::cout << pool.size() << " seeds, " << runs << " mutations\n";
  return 0;
}
