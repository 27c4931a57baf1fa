// dlib's face recognition network. `dump xml WEIGHTS NET.xml` writes all its weights as XML text;
// `dump template WEIGHTS CHIP.raw` prints the template of one chip: 150 rows of 150 RGB pixels, one byte each.
// The network declaration is that of dlib's example dnn_face_recognition_ex.
#include <dlib/dnn.h>
#include <cstdio>
#include <fstream>
#include <string>
using namespace dlib;
template <template <int,template<typename>class,int,typename> class block, int N, template<typename>class BN, typename SUBNET>
using residual = add_prev1<block<N,BN,1,tag1<SUBNET>>>;
template <template <int,template<typename>class,int,typename> class block, int N, template<typename>class BN, typename SUBNET>
using residual_down = add_prev2<avg_pool<2,2,2,2,skip1<tag2<block<N,BN,2,tag1<SUBNET>>>>>>;
template <int N, template <typename> class BN, int stride, typename SUBNET>
using block = BN<con<N,3,3,1,1,relu<BN<con<N,3,3,stride,stride,SUBNET>>>>>;
template <int N, typename SUBNET> using ares = relu<residual<block,N,affine,SUBNET>>;
template <int N, typename SUBNET> using ares_down = relu<residual_down<block,N,affine,SUBNET>>;
template <typename SUBNET> using alevel0 = ares_down<256,SUBNET>;
template <typename SUBNET> using alevel1 = ares<256,ares<256,ares_down<256,SUBNET>>>;
template <typename SUBNET> using alevel2 = ares<128,ares<128,ares_down<128,SUBNET>>>;
template <typename SUBNET> using alevel3 = ares<64,ares<64,ares<64,ares_down<64,SUBNET>>>>;
template <typename SUBNET> using alevel4 = ares<32,ares<32,ares<32,SUBNET>>>;
using net = loss_metric<fc_no_bias<128,avg_pool_everything<alevel0<alevel1<alevel2<alevel3<alevel4<
  max_pool<3,3,2,2,relu<affine<con<32,7,7,2,2,input_rgb_image_sized<150>>>>>>>>>>>>>;

int main(int count, char** words) {
  if (count != 4) return 2;
  net network;
  deserialize(words[2]) >> network;
  if (std::string(words[1]) == "xml") {
    net_to_xml(network, words[3]);
    return 0;
  }
  matrix<rgb_pixel> chip(150, 150);
  std::ifstream file(words[3], std::ios::binary);
  for (int row = 0; row < 150; row++)
    for (int column = 0; column < 150; column++) {
      char p[3];
      if (!file.read(p, 3)) return 1;
      chip(row, column) = rgb_pixel(p[0], p[1], p[2]);
    }
  const auto values = network(chip);
  for (int i = 0; i < 128; i++) std::printf("%.8f\n", values(i));
}
